import { type CacheFacts, systemFacts } from '../../charts/facts';
import { oncePer } from '../model/collections';
import type { ContainerSpec } from '../model/kinds';
import { commandOf, containersOf, podsOf } from '../model/pods';
import type { Tree } from '../model/tree';
import type { Budget } from '../report/report';
import type { Facts, Offence } from '../rule';
import { type Consumer, checks, consumer, env, files, heldAt, podsBehind, processes, tableOf } from './consumers';

/** Pools of a Rails process, each with a client for a thread: cache, sessions, and what enqueues or fetches jobs. */
const poolsOfProcess = 3;
/** Sidekiq's own, beside the threads': heartbeat, scheduler, fetching; its internal pool. */
const sidekiqOwn = 10;
/** Threads of a Rails process that says nothing else: a console, a task. */
const railsDefault = 5;

interface Redis {
  readonly of: CacheFacts;
  readonly server: string;
  readonly consumers: readonly Consumer[];
  readonly limit: number;
  readonly from: string;
}

export function redisServers({ tree, settings }: Facts): Redis[] {
  const consumers = redisConsumers(tree);
  return systemFacts(settings).caches.map((of) => {
    const server = `${of.host}:${of.port}`;
    return { of, server, consumers: consumers.filter((each) => each.server === server), ...limitOf(tree, of) };
  });
}

export function redisClients(facts: Facts): Budget[] {
  return redisServers(facts).map((redis) => {
    return {
      title: `Redis clients of ${redis.of.environment}`,
      ...tableOf(redis.consumers, `all, of ${redis.limit}`),
      verdict: {
        fits: heldAt(redis.consumers, 'abort') <= redis.limit,
        says: `${heldAt(redis.consumers, 'abort')} of ${redis.limit} (${redis.from}) at the worst moment`,
      },
    };
  });
}

export function* redisClientsOver(facts: Facts): Generator<Offence> {
  for (const redis of redisServers(facts)) {
    const most = heldAt(redis.consumers, 'abort');
    if (most > redis.limit)
      yield {
        file: redis.of.file,
        message: `web.puma: ${most} Redis clients at the worst moment of ${redis.limit} (${redis.from}); lower workers, threads, concurrency or web.autoscaling.max`,
      };
  }
}

const redisConsumers = oncePer((tree: Tree): Consumer[] =>
  podsOf(tree).flatMap((pod) => {
    const url =
      files(tree, pod).find(({ key }) => key === 'REDIS_URL')?.text ??
      containersOf(pod)
        .map(({ container }) => env(container, 'REDIS_URL'))
        .find(Boolean);
    const server = /@([^/@]+:\d+)|^rediss?:\/\/([^/@]+:\d+)/.exec(url ?? '');
    const rails = containersOf(pod).filter(({ container, stays }) => stays && reads(container, 'REDIS_URL'));
    const clients = rails.reduce((sum, { container }) => sum + clientsOf(container), 0);
    const ours = server && {
      ...consumer(tree, pod, server[1] ?? server[2] ?? ''),
      connections: clients,
      allowed: clients,
      by: 'threads',
    };
    return [...(ours ? [ours] : []), ...checks(tree, pod, 'redisdb')];
  }),
);

function clientsOf(container: ContainerSpec): number {
  const own = commandOf(container).includes('sidekiq') ? sidekiqOwn : 0;
  return poolsOfProcess * (processes(container) ?? railsDefault) + own;
}

function reads({ env }: ContainerSpec, name: string): boolean {
  return env?.some((each) => each.name === name) === true;
}

/** ElastiCache's cannot be set: 65,000, of the micro types 20,000 (Amazon ElastiCache guide, "Redis OSS parameters"). */
function limitOf(tree: Tree, { host, elastiCache }: CacheFacts): { limit: number; from: string } {
  const { node } = elastiCache ?? {};
  if (node) return { limit: node.endsWith('.micro') ? 20_000 : 65_000, from: `maxclients of ${node}` };
  const pod = podsBehind(tree, host);
  const conf = pod && files(tree, pod).find(({ key }) => key === 'redis.conf')?.text;
  const set = /^maxclients\s+(\d+)\s*$/m.exec(conf ?? '')?.[1];
  return { limit: Number(set ?? 10_000), from: set ? 'maxclients' : "maxclients, Redis' default" };
}
