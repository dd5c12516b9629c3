import { holds, meets } from '../../charts/environments/ranges';
import { type DatabaseFacts, systemFacts } from '../../charts/facts';
import { secretNameOf, usesOf } from '../model/configuration';
import { type Flow, flowsOf } from '../model/network';
import { type Container, commandOf, containersOf, podsOf } from '../model/pods';
import type { Replicas } from '../model/scaling';
import { selectedBy, selects } from '../model/selection';
import type { Tree } from '../model/tree';
import type { Budget } from '../report/report';
import type { Facts, Offence } from '../rule';
import { type Consumer, databaseConsumers, files, heldAt, podsBehind, tableOf } from './consumers';

/** One database with all that connect to it. */
export interface Database {
  readonly of: DatabaseFacts;
  readonly server: string;
  readonly consumers: readonly Consumer[];
  /** `max_connections`, less what PostgreSQL and RDS keep for themselves. */
  readonly usable: number;
}

/** A release that goes well should leave this share of the connections, in percent; an abort may take all. */
const wanted = 80;

export function databases({ tree, settings }: Facts): Database[] {
  const consumers = databaseConsumers(tree);
  return systemFacts(settings).databases.map((of) => {
    const { host, port, name, max, reserved } = of;
    const server = `${host}:${port}/${name}`;
    return {
      of,
      server,
      // Without a name of a database it is the same server, which has the connections.
      consumers: consumers.filter((consumer) => [server, `${host}:${port}/`].includes(consumer.server)),
      usable: max - reserved,
    };
  });
}

/** Connections of all pods of all consumers together. */
export function connectionsAt({ consumers }: Database, moment: keyof Replicas): number {
  return heldAt(consumers, moment);
}

export function connections(facts: Facts): Budget[] {
  return databases(facts).map((database) => {
    const { of, consumers, usable } = database;
    const at = (moment: keyof Replicas) => connectionsAt(database, moment);
    const percent = (taken: number) => `${Math.round((100 * taken) / usable)} %`;
    return {
      title: `Database connections of ${of.environment}`,
      ...tableOf(consumers, `all, of ${usable} usable`),
      verdict: {
        fits: at('abort') <= usable,
        says:
          `${at('abort')} of ${usable} (${percent(at('abort'))}) when a canary at HPA maximum is aborted, ` +
          `${at('release')} (${percent(at('release'))}) when it goes well`,
      },
    };
  });
}

/** More than there are: at the worst moment somebody gets none, and requests fail. */
export function* connectionsOver(facts: Facts): Generator<Offence> {
  for (const database of databases(facts)) {
    const most = connectionsAt(database, 'abort');
    if (most > database.usable)
      yield {
        file: database.of.file,
        message: `connections.max: ${most} connections at the worst moment (${shares(database)}) of ${database.usable} usable; lower a pool or web.autoscaling.max, or raise connections.max`,
      };
  }
}

/**
 * Little is left in a release that goes well. Not of an abort: where the stable set shrinks meanwhile, both sets in full
 * are an upper bound, and a fifth of room above an upper bound would be paid for and never used.
 */
export function* connectionsNear(facts: Facts): Generator<Offence> {
  for (const database of databases(facts)) {
    const most = connectionsAt(database, 'release');
    if (100 * most > wanted * database.usable && connectionsAt(database, 'abort') <= database.usable)
      yield {
        file: database.of.file,
        message: `connections.max: a canary at HPA maximum takes ${most} of ${database.usable} usable connections, over ${wanted} %; a console more, or one slow release, takes the rest`,
      };
  }
}

/** One number, two ways: from the objects and from the settings; and the server's own limit. */
export function* connectionsDisagree(facts: Facts): Generator<Offence> {
  for (const database of databases(facts)) {
    const { of, consumers, server } = database;
    const objects = consumers.reduce((sum, { allowed, replicas }) => sum + allowed * replicas.abort, 0);
    const settings = of.reckoned;
    // A part of the objects alone is not what the settings reckon with.
    if (consumers.length > 0 && settings !== undefined && objects !== settings)
      yield {
        file: database.of.file,
        message: `connections: the objects open up to ${objects} connections to ${server} (${shares(database)}), the settings reckon with ${settings}; one of the two forgets a consumer`,
      };
    const limit = limitOf(facts.tree, of);
    if (limit && limit.max !== of.max)
      yield {
        manifest: limit.owner,
        path: limit.path,
        message: `max_connections is ${limit.max}, and connections.max of ${of.environment} ${of.max}`,
      };
  }
  const known = new Set(databases(facts).flatMap(({ consumers }) => consumers));
  for (const each of databases(facts)) yield* uncounted(facts.tree, each);
  for (const { server, pod, name, by } of databaseConsumers(facts.tree))
    if (![...known].some((each) => each.pod === pod && each.server === server && each.by === by))
      yield {
        manifest: pod.owner,
        path: pod.path,
        message: `${name} connects to ${server}, the database of no environment`,
      };
}

/** Whoever may speak with the database, holds its secret or names it, and does not say how many connections it takes. */
function* uncounted(tree: Tree, { of, consumers }: Database): Generator<Offence> {
  const { host, port, peers, secret } = of;
  const counted = new Set(consumers.map(({ pod }) => pod.owner));
  const server = podsBehind(tree, host);
  const opened = tree
    .ofKind('NetworkPolicy')
    .filter(({ object }) =>
      flowsOf(object.spec).some(
        ({ direction, peers: to, ports }) =>
          direction === 'egress' &&
          (ports.length === 0 || ports.some((each) => reaches(each, port))) &&
          to.some(({ ipBlock, podSelector, namespaceSelector }) =>
            peers.some((peer) =>
              'cidr' in peer
                ? ipBlock?.cidr &&
                  meets(ipBlock.cidr, peer.cidr) &&
                  !ipBlock.except?.some((each) => holds(each, peer.cidr))
                : podSelector && !namespaceSelector && selects(podSelector, peer.pods),
            ),
          ),
      ),
    );
  for (const pod of podsOf(tree)) {
    const { namespace, name } = pod.owner.object.metadata;
    if (counted.has(pod.owner) || pod.owner === server?.owner) continue;
    if (server && namespace !== server.owner.object.metadata.namespace) continue;
    const held = new Set(usesOf(pod).map((use) => use.name));
    const told = [
      opened.some((each) => selectedBy(tree, each).includes(pod)) && `a NetworkPolicy opens port ${port} of it`,
      tree
        .ofKind('ExternalSecret')
        .some(
          (each) =>
            each.object.metadata.namespace === namespace &&
            held.has(secretNameOf(each)) &&
            each.object.spec?.data?.some(({ remoteRef }) => remoteRef?.key?.endsWith(secret)),
        ) && 'it holds its secret',
      [...files(tree, pod).map(({ text }) => text), ...containersOf(pod).flatMap(wordsOf)].some(
        (text) =>
          // A Service answers to a part of its name, too.
          text.includes(host) || (server && host.startsWith(`${text}.`)),
      ) && 'it names its host',
    ].filter(Boolean);
    if (told.length > 0)
      yield {
        manifest: pod.owner,
        path: pod.path,
        message: `${name} can connect to ${host} (${told.join(', ')}) and does not say how many connections it takes: give it DATABASE_URL with RAILS_MAX_THREADS, a pool size beside the host, or a PgBouncer`,
      };
  }
}

function reaches({ port, endPort }: Flow['ports'][number], wanted: number): boolean {
  return port === undefined || (Number(port) <= wanted && wanted <= (endPort ?? Number(port)));
}

function wordsOf({ container }: Container): string[] {
  return [...commandOf(container), ...(container.env ?? []).map(({ value }) => value ?? '')];
}

function limitOf(tree: Tree, { host }: DatabaseFacts) {
  const pod = podsBehind(tree, host);
  for (const [i, container] of (pod?.spec.containers ?? []).entries())
    for (const each of commandOf(container)) {
      const max = /^max_connections=(\d+)$/.exec(each)?.[1];
      if (pod && max)
        return { owner: pod.owner, path: [...pod.path, 'spec', 'containers', i, 'args'], max: Number(max) };
    }
  return undefined;
}

function shares({ consumers }: Database): string {
  return consumers
    .filter(({ replicas }) => replicas.abort > 0)
    .map(({ name, connections, replicas }) => `${name} ${replicas.abort} × ${connections}`)
    .join(', ');
}
