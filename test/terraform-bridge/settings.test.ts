import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '../../charts/settings';
import { renderStacks } from '../../terraform-bridge/synth/stacks';
import { frozen } from '../support/frozen';
import { root } from '../support/root';

type Path = readonly (string | number)[];

/** Every value that is not a list or group of others, with its path. */
function* leaves(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value];
  else
    for (const [key, inner] of Object.entries(value))
      yield* leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}

function changed(path: Path, to: unknown): any {
  const settings: any = structuredClone(frozen);
  const parent = path.slice(0, -1).reduce((of, key) => of[key], settings);
  parent[path.at(-1) as string] = to;
  return settings;
}

/** Numbers near by, and what a list of permitted ones may hold; the first that the settings' own rules accept is taken. */
const near = (value: number) =>
  [value + 1, value - 1, value * 2, 7, 14, 30, 31, 60, 90].filter((n) => n !== value);

/** What Terraform is to read: the rest of the settings is the charts' alone. */
const read = /^(cluster\.(aws|network|nodeGroups|budget)|environments\.0\.(aws|connections\.max))\b/;
/** Whose other value the settings' own rules refuse, so that there is nothing to compare. */
const fixed = [
  'cluster.aws.repositories.e-ren-cache.mutable',
  'cluster.aws.repositories.e-ren.mutable',
  'cluster.nodeGroups.app.tainted',
  'cluster.nodeGroups.jenkins.tainted',
];
/** What is the same word and another thing. */
const others: Record<string, string> = {
  'cdn.ts: us-east-1': 'CloudFront takes certificates from there, wherever the cluster is',
};

test('every number and switch that is about AWS changes a stack, so none is typed there again', () => {
  const before = renderStacks(frozen);
  const unread = [...leaves(frozen)]
    .map(([path, value]) => ({ name: path.join('.'), path, value }))
    .filter(({ name, value }) => read.test(name) && ['number', 'boolean'].includes(typeof value))
    .filter(({ path, value }) => {
      const tries = typeof value === 'boolean' ? [!value] : near(value as number);
      for (const to of tries)
        try {
          return [...renderStacks(changed(path, to))].every(([file, text]) => before.get(file) === text);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
        }
      return true;
    })
    .map(({ name }) => name);
  expect(unread.sort()).toEqual(fixed);
});

test('no name, address or version of the settings is typed in terraform-bridge again', () => {
  const values = [...leaves(frozen)]
    .map(([, value]) => value)
    // A word may be in a sentence; what has a digit, a dot or a dash in it is a name.
    .filter(
      (value): value is string => typeof value === 'string' && /^\S{5,}$/.test(value) && /[\d.-]/.test(value),
    );
  expect(values.length).toBeGreaterThan(100);
  const folder = join(root, 'terraform-bridge');
  const offenders = [...readdirSync(folder), ...readdirSync(join(folder, 'synth')).map((file) => `synth/${file}`)]
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [...new Set(values)]
        .filter((value) => ["'", '"', '`'].some((quote) => text.includes(`${quote}${value}${quote}`)))
        .map((value) => `${file}: ${value}`);
    });
  expect(offenders.sort()).toEqual(Object.keys(others));
});
