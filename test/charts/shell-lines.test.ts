import { chartFolders } from '../../charts/app';
import { objectsOf } from '../../charts/output';
import { loadSettings } from '../../charts/settings';
import { frozen } from '../support/frozen';
import { root } from '../support/root';

/** Every text that a shell, Groovy or CEL runs, by the object and container it is in. */
function scripts(given: any = {}): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: any, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const words = [...(value.command ?? []), ...(value.args ?? [])];
    const flag = words.findIndex((word) => /^-[a-z]*c$/.test(word));
    if (/sh$/.test(words[0] ?? '') && flag > 0) found.set(path, words[flag + 1]);
    for (const [key, inner] of Object.entries(value)) walk(inner, `${path}/${key}`);
  };
  for (const [path, object] of objectsOf(chartFolders({ ...loadSettings(root, frozen), ...given })))
    walk(object, path);
  return found;
}

test('no line of shell has a part that comes from an output, an image or a name', () => {
  const settings = loadSettings(root, frozen);
  const before = scripts();
  const image = (of: any) => of && { ...of, reference: `${of.repository}:other-1@${of.digest}`, tag: 'other-1' };
  const sites = settings.sites.map((site) => ({
    ...site,
    database: {
      ...site.database,
      instance: site.database.instance && 'other',
      host: 'other.example',
      name: 'other',
    },
    redis: { ...site.redis, host: 'other.example' },
    buckets: site.buckets && { uploads: 'other-uploads', assets: 'other-assets' },
    images: Object.fromEntries(Object.entries(site.images).map(([app, of]) => [app, image(of)])),
    environment: { ...site.environment, host: 'other.eren.washu.edu' },
  }));
  const outputsOfOthers = { ...settings.outputs, ecr_repository_urls: { 'e-ren': 'other.example/other' } };
  const after = scripts({ sites, outputs: outputsOfOthers });
  expect(before.size).toBeGreaterThan(8);
  expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before));
});
