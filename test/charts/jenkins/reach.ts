import { commandsOf } from '../../support/shell';

/** Where a program connects to: a host of the internet, or a name for what is inside. */
export interface Reach {
  readonly host: string;
  readonly port: number;
}

/** What a command connects to; nothing at all is an answer too, an unknown program is none. */
type Program = (words: readonly string[]) => readonly Reach[];

const nothing: Program = () => [];
const internet =
  (host: string, port = 443): Program =>
  () => [{ host, port }];

/** Debian's images name their mirror without TLS: /etc/apt/sources.list.d/debian.sources has `URIs: http://deb.debian.org/debian`. */
const debian = { host: 'deb.debian.org', port: 80 };

/** What the commands of a Dockerfile or a pipeline reach; addresses that stand in the text are found by themselves. */
const programs: Readonly<Record<string, Program>> = {
  'apt-get': () => [debian],
  apt: () => [debian],
  bundle: ([, verb]) => (verb === 'install' ? [{ host: 'rubygems.org', port: 443 }] : []),
  gem: internet('rubygems.org'),
  // A version of a dependency may name another host; the lock file of this repository does not.
  npm: ([, verb]) => (['ci', 'install'].includes(verb ?? '') ? [{ host: 'registry.npmjs.org', port: 443 }] : []),
  // Where `DELIVERY` and the checkout are.
  git: ([, ...words]) =>
    words.some((word) => ['clone', 'push', 'fetch', 'pull'].includes(word))
      ? [{ host: 'github.com', port: 443 }]
      : [],
  // What it does with --push; it looks at the remote first.
  './eren': internet('github.com'),
  node: ([, script]) =>
    /^(target\/)?ci\/await-\w+\.mjs$/.test(script ?? '')
      ? [{ host: 'the API server', port: 443 }]
      : script === 'target/ci/comment.mjs'
        ? [{ host: 'api.github.com', port: 443 }]
        : [],
  // The images of the Dockerfile are counted there; it pushes to ECR.
  'buildctl-daemonless.sh': internet('ECR'),
  curl: nothing,
  ...Object.fromEntries(
    '[ cd chown echo export grep groupadd mkdir of printf rm ruby sed tr trap useradd url'
      .split(' ')
      .map((name) => [name, nothing]),
  ),
};

/**
 * What a shell script connects to.
 *
 * @throws Error with the program that the table does not know
 */
export function reachOf(script: string): Reach[] {
  const addresses = [...script.matchAll(/\b(https?):\/\/([\w.-]+)(?::(\d+))?/g)].map(
    ([, scheme, host = '', port]) => ({
      host,
      port: port ? Number(port) : scheme === 'http' ? 80 : 443,
    }),
  );
  return [...addresses, ...commandsOf(script).flatMap(programReach)];
}

function programReach(words: readonly string[]): readonly Reach[] {
  const [name = ''] = words;
  const program = programs[name];
  if (!program) throw new Error(`${name}: say in test/charts/jenkins/reach.ts where it connects to`);
  return program(words);
}

/**
 * What BuildKit connects to for a Dockerfile: the registries of its images, and what its commands do.
 *
 * @throws Error as `reachOf`
 */
export function dockerfileReach(text: string): Reach[] {
  const lines = text.replaceAll(/\\\n/g, ' ').split('\n');
  const stages = new Set(lines.flatMap((line) => /^FROM \S+ AS (\S+)/i.exec(line)?.[1] ?? []));
  const registry = (image: string): Reach[] => {
    if (stages.has(image) || image === 'scratch') return [];
    const first = image.split('/')[0] as string;
    return [{ host: image.includes('/') && /[.:]/.test(first) ? first : 'docker.io', port: 443 }];
  };
  // Since the sources of packages may be given TLS once for all stages after.
  const encrypted = /sed [^\n]*http:[^\n]*https:[^\n]*\/etc\/apt\//.test(text);
  return lines.flatMap((line) => {
    const [, image = ''] = /^FROM (?:--\S+ )?(\S+)/i.exec(line) ?? /^# *syntax=(\S+)/.exec(line) ?? [];
    if (image) return registry(image);
    const [, from = ''] = /^COPY --from=(\S+)/i.exec(line) ?? [];
    if (from) return registry(from);
    if (/^ADD\s/i.test(line)) return reachOf(`echo ${line.slice(4)}`);
    const [, run] = /^RUN (?:--\S+ )*(.*)$/i.exec(line) ?? [];
    if (run === undefined) return [];
    return reachOf(run.replaceAll(/sed [^;&]*\/etc\/apt\/[^;&]*/g, 'sed')).map((each) =>
      encrypted && each.host === debian.host ? { ...each, port: 443 } : each,
    );
  });
}

/** The scripts of a Jenkinsfile, each with the agents that it may run on: the last one named before it. */
export function scriptsOf(jenkinsfile: string): { agents: string[]; script: string }[] {
  const agents = [...jenkinsfile.matchAll(/inheritFrom:? '([\w-]+)'/g)].map(({ index, 1: name = '' }) => ({
    index,
    name,
  }));
  // All other functions belong to the deploy, or take an agent of their own.
  const shared = Object.entries({ slack: agents.map(({ name }) => name), build: ['docker', 'preview'] }).flatMap(
    ([name, on]) => {
      const found = new RegExp(`^def ${name}\\([\\s\\S]*?^\\}`, 'm').exec(jenkinsfile);
      return found ? [{ on, from: found.index, to: found.index + found[0].length }] : [];
    },
  );
  const callers = (index: number) => shared.find(({ from, to }) => index > from && index < to)?.on;
  return [...jenkinsfile.matchAll(/\bsh[ (][^'"\n]*('''[\s\S]*?'''|"""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")/g)].map(
    ({ index, 1: quoted = '' }) => ({
      agents: callers(index) ?? [agents.findLast((each) => each.index < index)?.name as string],
      script: quoted
        .replace(/^('''|"""|['"])([\s\S]*)\1$/, '$2')
        .replaceAll('\\$', '$')
        .replaceAll('\\\\n', ''),
    }),
  );
}
