import { oncePer } from '../model/collections';
import { secretNameOf, type Use, usesOf } from '../model/configuration';
import type { ContainerSpec } from '../model/kinds';
import { annotatedFiles, commandOf, containersOf, listOf, type PodTemplate, podsOf } from '../model/pods';
import { type Replicas, replicasOf } from '../model/scaling';
import { selectedBy } from '../model/selection';
import { fieldAt, type Tree } from '../model/tree';
import { documentIn } from '../model/yaml';
import type { Budget } from '../report/report';

/** Something that holds connections to a server. */
export interface Consumer {
  /** `production/Rollout/web`. */
  readonly name: string;
  readonly server: string;
  /** The most that one pod opens. */
  readonly connections: number;
  /** What its pool allows; more than `connections` when the pod has fewer clients than that. */
  readonly allowed: number;
  readonly replicas: Replicas;
  /** Where the number is from: `pgbouncer.ini`. */
  readonly by: string;
  readonly pod: PodTemplate;
}

/** What Rails opens when nothing says otherwise: the pool of config/database.yml. */
const railsDefault = 5;
/** `db:migrate` takes an advisory lock on a connection beside the one that migrates. */
const migrates = 2;

/** Everything that connects to a database: through PgBouncer, directly, and Datadog's checks. */
export const databaseConsumers = oncePer((tree: Tree): Consumer[] =>
  podsOf(tree).flatMap((pod) => [...pooled(tree, pod), ...direct(pod, tree), ...checks(tree, pod, 'postgres')]),
);

/** A `[databases]` line of PgBouncer with a forced user has one pool in a pod; one without has a pool for each client's. */
function* pooled(tree: Tree, pod: PodTemplate): Generator<Consumer> {
  const ini = files(tree, pod).find(({ key }) => key === 'pgbouncer.ini')?.text;
  if (ini === undefined) return;
  const setting = (name: string) => {
    const value = new RegExp(`^${name}\\s*=\\s*(\\d+)\\s*$`, 'm').exec(ini)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  // PgBouncer's own defaults; 0 means no limit.
  const pool = (setting('default_pool_size') ?? 20) + (setting('reserve_pool_size') ?? 0);
  const most = setting('max_db_connections') || Number.POSITIVE_INFINITY;
  const clients = clientsOf(pod);
  for (const { key, text } of files(tree, pod)) {
    if (key !== 'databases.ini' && key !== 'pgbouncer.ini') continue;
    for (const [, name, line = ''] of text.matchAll(/^(\w+)[ \t]{0,20}=[ \t]{0,20}(\S.*)$/gm)) {
      if (!/\bhost=/.test(line)) continue;
      const of = (field: string) => new RegExp(`\\b${field}=(\\S+)`).exec(line)?.[1];
      const users = of('user') ? 1 : Number.POSITIVE_INFINITY;
      const allowed = Math.min(Number(of('pool_size') ?? pool) * users, Number(of('max_db_connections') ?? most));
      yield {
        ...consumer(tree, pod, `${of('host')}:${of('port') ?? 5432}/${of('dbname') ?? name}`),
        connections: Math.min(allowed, clients),
        allowed,
        by: 'pgbouncer.ini',
      };
    }
  }
}

/** What the app in the pod opens at most: Puma's threads in all workers, Sidekiq's threads; unknown for a person's. */
function clientsOf(pod: PodTemplate): number {
  const sums = containersOf(pod)
    .filter(({ stays, container }) => stays && env(container, 'DATABASE_URL') !== undefined)
    .map(({ container }) => processes(container) ?? Number.POSITIVE_INFINITY);
  return sums.length > 0 ? sums.reduce((sum, each) => sum + each, 0) : Number.POSITIVE_INFINITY;
}

/** Threads of a container that serves or works; undefined when it is neither Puma nor Sidekiq. */
export function processes(container: ContainerSpec): number | undefined {
  const command = commandOf(container);
  const threads = Number(env(container, 'RAILS_MAX_THREADS') ?? railsDefault);
  if (command.includes('puma')) return Number(env(container, 'WEB_CONCURRENCY') ?? 1) * threads;
  if (command.includes('sidekiq')) return Number(command[command.indexOf('-c') + 1] ?? threads) || threads;
  return undefined;
}

/** An address that leads out of the pod. Containers run beside each other, init containers one after another. */
function* direct(pod: PodTemplate, tree: Tree): Generator<Consumer> {
  const byServer = new Map<string, { beside: number; before: number; by: string }>();
  for (const { container, stays } of containersOf(pod)) {
    const [by, server] = addressOf(container);
    const pool = (container.env ?? []).find(
      ({ name = '', value = '' }) => /(^|_)POOL(_SIZE)?$/.test(name) && value,
    );
    // By host and port alone nobody says how many, and databases.ts refuses it.
    if (!server || (by !== 'DATABASE_URL' && !pool)) continue;
    const command = commandOf(container).join(' ');
    const threads = Number(env(container, 'RAILS_MAX_THREADS') ?? railsDefault);
    const rails = /\bdb:migrate\b/.test(command) ? migrates : (processes(container) ?? threads);
    const opens = by === 'DATABASE_URL' ? rails : Number(pool?.value);
    const sum = byServer.get(server) ?? {
      beside: 0,
      before: 0,
      by: pool?.name && by !== 'DATABASE_URL' ? pool.name : by,
    };
    byServer.set(
      server,
      stays ? { ...sum, beside: sum.beside + opens } : { ...sum, before: Math.max(sum.before, opens) },
    );
  }
  for (const [server, { beside, before, by }] of byServer) {
    const connections = Math.max(beside, before);
    yield { ...consumer(tree, pod, server), connections, allowed: connections, by };
  }
}

/** The Agent holds one connection for each instance of a check that a file or an annotation configures. */
export function* checks(tree: Tree, pod: PodTemplate, check: 'postgres' | 'redisdb'): Generator<Consumer> {
  const configured = files(tree, pod)
    .filter(({ key }) => key === `${check}.yaml`)
    .flatMap(({ text }) => listOf(fieldAt(documentIn(text), ['instances'])));
  const annotated = Object.entries(pod.annotations)
    .filter(([key]) => /^ad\.datadoghq\.com\/.*\.checks$/.test(key))
    .flatMap(([, value]) => listOf(fieldAt(documentIn(value), [check, 'instances'])));
  for (const { host, port, dbname } of [...configured, ...annotated]) {
    const server =
      check === 'postgres' ? `${host}:${port ?? 5432}/${dbname ?? 'postgres'}` : `${host}:${port ?? 6379}`;
    yield { ...consumer(tree, pod, server), connections: 1, allowed: 1, by: `${check}.yaml` };
  }
}

export function consumer(tree: Tree, pod: PodTemplate, server: string) {
  const { kind, metadata } = pod.owner.object;
  const replicas = replicasOf(tree, pod.owner);
  return { name: `${metadata.namespace}/${kind}/${metadata.name}`, server, replicas, pod };
}

/** The variable that names a server, and the server: `DATABASE_URL`, another URL of PostgreSQL's, or a host with its port and name. */
function addressOf(container: ContainerSpec): [by: string, server: string | undefined] {
  const all = container.env ?? [];
  const url = serverOf(env(container, 'DATABASE_URL'));
  const other = all.find(({ value = '' }) => /^postgres(ql)?:\/\//.test(value) && serverOf(value));
  const host = all.find(
    ({ name = '', value }) => /(^|_)(DB|DATABASE|PG|POSTGRES(QL)?)_?HOST$/.test(name) && value,
  );
  if (url ?? !host) return url || !other ? ['DATABASE_URL', url] : [other.name ?? '', serverOf(other.value)];
  const beside = (what: string) => env(container, (host?.name ?? '').replace(/HOST$/, what));
  const inside = ['127.0.0.1', 'localhost', '::1'].includes(host?.value ?? '');
  return [
    host?.name ?? '',
    inside ? undefined : `${host?.value}:${beside('PORT') ?? 5432}/${beside('NAME') ?? beside('DATABASE') ?? ''}`,
  ];
}

/** `host:port/database`; undefined for no address, or one inside the pod. */
function serverOf(url: string | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { hostname, port, pathname } = new URL(url);
  if (['127.0.0.1', 'localhost', '[::1]', ''].includes(hostname)) return undefined;
  return `${hostname}:${port || 5432}${pathname}`;
}

/** The value of a variable as it stands in the object. */
export function env(container: ContainerSpec, name: string): string | undefined {
  return (container.env ?? []).find((each) => each.name === name)?.value;
}

/**
 * What a pod mounts as files or reads as variables: of ConfigMaps, of its own annotations, and of the Secrets that an
 * ExternalSecret makes.
 */
export const files = (tree: Tree, pod: PodTemplate) => filesOf(tree)(pod);

const filesOf = oncePer((tree: Tree) => oncePer((pod: PodTemplate) => filesIn(tree, pod)));

function filesIn(tree: Tree, pod: PodTemplate): { readonly key: string; readonly text: string }[] {
  const { namespace } = pod.owner.object.metadata;
  const uses = usesOf(pod);
  const named = (kind: Use['kind']) => new Set(uses.flatMap((each) => (each.kind === kind ? [each.name] : [])));
  const secrets = named('Secret');
  const data = [
    ...[...named('ConfigMap')].map((name) => tree.find('ConfigMap', namespace, name)?.object.data),
    ...tree
      .ofKind('ExternalSecret')
      .filter((each) => each.object.metadata.namespace === namespace && secrets.has(secretNameOf(each)))
      .map(({ object }) => object.spec?.target?.template?.data),
  ];
  const entries = data.flatMap((each) => Object.entries(each ?? {}));
  return [...annotatedFiles(pod), ...entries.map(([key, text]) => ({ key, text: String(text) }))];
}

/** The pods behind a Service's name in the cluster; undefined for a server outside. */
export function podsBehind(tree: Tree, host: string): PodTemplate | undefined {
  const [name, namespace] = host.split('.');
  const service = tree.find('Service', namespace, name ?? '');
  return service && host.includes('.svc') ? selectedBy(tree, service)[0] : undefined;
}

/** What all pods of all consumers hold together. */
export function heldAt(consumers: readonly Consumer[], moment: keyof Replicas): number {
  return consumers.reduce((sum, { connections, replicas }) => sum + connections * replicas[moment], 0);
}

/** A table of consumers, with their sum at each moment in its last row. */
export function tableOf(consumers: readonly Consumer[], last: string): Pick<Budget, 'columns' | 'rows'> {
  const moments = ['rest', 'maximum', 'release', 'abort'] as const;
  return {
    columns: ['Consumer', 'Of a pod', 'At rest', 'At HPA maximum', 'Canary', 'Abort'],
    rows: [
      ...consumers.map(({ name, connections, by, replicas }) => [
        name,
        `${connections} by ${by}`,
        ...moments.map((moment) => connections * replicas[moment]),
      ]),
      [last, '', ...moments.map((moment) => heldAt(consumers, moment))],
    ],
  };
}
