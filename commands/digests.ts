import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { instanceTypes } from '../charts/environments/infrastructure';
import { command, fail, say } from './command';
import { loopback } from './loopback';
import { siteSettings } from './settings';

const root = dirname(__dirname);
const folder = 'charts/environments';

/** `'registry/repository:tag@digest'`, as the settings write it. */
const written = /'((?:[a-z0-9-]+\.)+[a-z]+)\/([a-z0-9._/-]+):([\w.-]+)(@sha256:[0-9a-f]{64})?'/g;

/** What a tag may be: of several architectures, or of one. */
const kinds = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface Options {
  readonly at?: URL;
  readonly in: string;
}

command('digests')
  .description(
    'Asks the registries what every image of the settings is, writes the digest where one is missing, and says which differ from what stands there, and which do not start on the nodes of the settings. It changes no digest.',
  )
  .addOption(
    new Option('--at <address>', 'a registry of this machine instead of all').argParser(loopback).hideHelp(),
  )
  .addOption(new Option('--in <folder>', 'other settings').default(folder).hideHelp())
  .addHelpText(
    'after',
    `
Examples:
  npm run digests && npm run synth     after an image was written without a digest

Exit codes: 0 every image has the digest of its tag, 1 one has another or is not there, 2 wrong arguments, or a registry
did not answer`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run({ at, in: where }: Options): Promise<void> {
  const problems: string[] = [];
  const asked = new Map<string, Promise<Found | undefined>>();
  const { cluster } = await siteSettings(root);
  const needed = new Set(
    Object.values(cluster.nodeGroups).map(({ instanceType }) => instanceTypes[instanceType].architecture),
  );
  for (const name of readdirSync(join(root, where)).filter((each) => each.endsWith('.ts'))) {
    const file = join(where, name);
    const path = join(root, file);
    const before = readFileSync(path, 'utf8');
    let after = before;
    for (const [text, host = '', repository = '', tag = '', has = ''] of before.matchAll(written)) {
      const image = `${host}/${repository}:${tag}`;
      if (!asked.has(image)) asked.set(image, foundAt(at ?? registryOf(host), repository, tag));
      const found = await asked.get(image);
      if (!found) {
        problems.push(`${file}: ${image}: the registry has no such image`);
        continue;
      }
      const { digest, architectures } = found;
      for (const each of needed)
        if (!architectures.includes(each))
          problems.push(
            `${file}: ${image}: is for ${architectures.join(', ') || 'one architecture, which it does not name'}, and nodes are ${each}: its containers would not start`,
          );
      if (!has) {
        after = after.replace(text, `'${image}@${digest}'`);
        say(`wrote ${file}: ${image}@${digest}`);
      } else if (has !== `@${digest}`)
        problems.push(
          `${file}: ${image}: the tag is ${digest} now, and not ${has.slice(1)}; look why, and edit it`,
        );
    }
    if (after !== before) writeFileSync(path, after);
  }
  say(`asked of ${asked.size} images`);
  if (problems.length > 0) fail(Object.assign(new Error('digests'), { problems }), 1);
}

function registryOf(host: string): URL {
  return new URL(`https://${host === 'docker.io' ? 'registry-1.docker.io' : host}`);
}

/** What a registry has under a tag. */
interface Found {
  readonly digest: string;
  /** In the words of Kubernetes' label `kubernetes.io/arch`; empty where the tag is not an index, which alone names them. */
  readonly architectures: readonly string[];
}

/** By the registry's API (OCI distribution-spec, "Pulling manifests"), without an account; undefined when it is not there. */
async function foundAt(registry: URL, repository: string, tag: string): Promise<Found | undefined> {
  const url = new URL(`/v2/${repository}/manifests/${tag}`, registry);
  const ask = (headers: Record<string, string>) =>
    fetch(url, { headers: { accept: kinds, ...headers }, signal: AbortSignal.timeout(20_000) });
  try {
    let answer = await ask({});
    if (answer.status === 401)
      answer = await ask(await tokenFor(answer.headers.get('www-authenticate') ?? '', repository));
    if (answer.status === 404) return undefined;
    const digest = answer.headers.get('docker-content-digest') ?? '';
    if (!answer.ok || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`answered ${answer.status}`);
    const { manifests = [] } = (await answer.json()) as {
      manifests?: { platform?: { os?: string; architecture?: string } }[];
    };
    const linux = manifests.flatMap(({ platform }) =>
      platform?.os === 'linux' ? (platform.architecture ?? []) : [],
    );
    return { digest, architectures: [...new Set(linux)].sort() };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    throw new Error(`${url}: ${cause?.message ?? message}; nothing more was asked`);
  }
}

/** What the registry gives to anybody: `Bearer realm="…",service="…"`. */
async function tokenFor(challenge: string, repository: string): Promise<Record<string, string>> {
  const said = (name: string) => new RegExp(`${name}="([^"]+)"`).exec(challenge)?.[1];
  const realm = new URL(said('realm') ?? '');
  realm.searchParams.set('scope', `repository:${repository}:pull`);
  const service = said('service');
  if (service) realm.searchParams.set('service', service);
  const answer = await fetch(realm, { signal: AbortSignal.timeout(20_000) });
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return { authorization: `Bearer ${token ?? access_token ?? ''}` };
}
