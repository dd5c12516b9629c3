import { systemFacts } from '../../charts/facts';
import { memberOf, textSaid } from '../balancer/groups';
import { backendsOf, targetsOf } from '../balancer/routes';
import { databaseConsumers, podsBehind } from '../connections/consumers';
import { databases } from '../connections/databases';
import { redisServers } from '../connections/redis';
import { replicasOf } from '../model/scaling';
import { selectedBy } from '../model/selection';
import type { Manifest, Tree } from '../model/tree';
import type { Facts } from '../rule';

/** In the order in which a request meets them. */
export const layers = ['people', 'edge', 'door', 'service', 'work', 'pool', 'data'] as const;
export type Layer = (typeof layers)[number];

/** One box of the picture. */
export interface Place {
  readonly id: string;
  readonly layer: Layer;
  readonly kind: string;
  readonly name: string;
  /** What else a reader compares: `4–6 pods`, `internet-facing`. */
  readonly says: string;
}

/** What a request passes in an environment, and how. */
export interface Topology {
  readonly environment: string;
  readonly places: readonly Place[];
  /** From one place's id to another's. */
  readonly ways: readonly (readonly [string, string])[];
}

const kinds = ['Rollout', 'Deployment', 'StatefulSet', 'CronJob', 'Job'];

/** One for each environment that somebody can reach, or that has a database. */
export function topologies(facts: Facts): Topology[] {
  const sites = systemFacts(facts.settings).environments.map(({ name }) => name);
  const reached = facts.tree.ofKind('Ingress').map(({ environment }) => environment);
  return [...new Set([...sites, ...reached])].map((environment) => topologyOf(facts, environment));
}

function topologyOf(facts: Facts, environment: string): Topology {
  const { tree } = facts;
  const places = new Map<string, Place>();
  const ways = new Map<string, readonly [string, string]>();
  const place = (layer: Layer, kind: string, name: string, says = '', id = `${kind}/${name}`) => {
    if (!places.has(id)) places.set(id, { id, layer, kind, name, says });
    return id;
  };
  const way = (from: string, to: string) => ways.set(`${from} ${to}`, [from, to]);
  const of = <K extends string>(...names: K[]) =>
    tree.ofKind(...names).filter((each) => each.environment === environment);

  for (const ingress of of('Ingress')) {
    const { metadata, spec } = ingress.object;
    const member = memberOf(tree, ingress);
    const shared = member && textSaid(member, 'group.name');
    const reach = (member && textSaid(member, 'scheme')) ?? 'internal';
    const balancer = place('edge', 'ALB', shared ?? 'of its own', reach, `ALB/${shared ?? metadata.name}`);
    const hosts = (spec?.rules ?? []).map(({ host }) => host ?? 'any host');
    const door = place('door', 'Ingress', metadata.name, hosts.join(', '));
    way(
      place('people', reach === 'internal' ? 'Team' : 'Users', reach === 'internal' ? 'by VPN' : 'browsers'),
      balancer,
    );
    way(balancer, door);
    const named = backendsOf(spec).flatMap((backend) => {
      const { name, port } = backend.service ?? {};
      const targets = targetsOf(metadata.annotations ?? {}, backend).map(({ service }) => service);
      // An action that the load balancer answers itself has the name of a Service that does not exist.
      const answered = port?.name === 'use-annotation' && !tree.find('Service', metadata.namespace, name ?? '');
      return name === undefined || answered ? targets : [name, ...targets];
    });
    for (const name of named) {
      const service = tree.find('Service', metadata.namespace, name);
      way(door, place('service', 'Service', name, service ? portsOf(service) : 'of an add-on'));
    }
  }
  for (const at of systemFacts(facts.settings).environments)
    if (at.name === environment && at.assetsHost !== undefined)
      way(place('people', 'Users', 'browsers'), place('edge', 'CloudFront', 'assets', at.assetsHost));
  const scheduled = of('CronJob').length;
  const workloads = new Map(of(...kinds).map((each) => [each, workIn(tree, each, scheduled)]));
  for (const service of of('Service'))
    for (const pod of selectedBy(tree, service)) {
      const work = workloads.get(pod.owner);
      const id = `Service/${service.object.metadata.name}`;
      if (work && places.has(id)) way(id, place('work', work.kind, work.name, work.says));
    }

  for (const { of: at, server } of databases(facts)) {
    if (at.environment !== environment) continue;
    const behind = podsBehind(tree, at.host)?.owner.object;
    const says = madeBy(behind, at.host, 'RDS');
    for (const consumer of databaseConsumers(tree).filter((each) => each.server === server)) {
      const work = workloads.get(consumer.pod.owner);
      if (!work) continue;
      const from = place('work', work.kind, work.name, work.says);
      const database = place('data', 'PostgreSQL', at.name, says);
      if (consumer.by !== 'pgbouncer.ini') way(from, database);
      else {
        const pool = place(
          'pool',
          'PgBouncer',
          `in ${work.kind === 'CronJobs' ? work.kind : work.name}`,
          `${consumer.connections} a pod`,
        );
        way(from, pool);
        way(pool, database);
      }
    }
  }
  for (const { of: at, consumers } of redisServers(facts)) {
    if (at.environment !== environment) continue;
    const behind = podsBehind(tree, at.host)?.owner.object;
    for (const { pod } of consumers) {
      const work = workloads.get(pod.owner);
      if (!work) continue;
      const redis = place('data', 'Redis', 'cache and jobs', madeBy(behind, at.host, 'ElastiCache'));
      way(place('work', work.kind, work.name, work.says), redis);
    }
  }
  return { environment, places: [...places.values()], ways: [...ways.values()] };
}

/** What is at an address: AWS's service has one of AWS, and one of the cluster needs pods behind it. */
function madeBy(behind: Manifest['object'] | undefined, host: string, service: string): string {
  if (behind) return `${behind.kind}/${behind.metadata.name}`;
  return /\.svc(\.cluster\.local)?$/.test(host) ? 'nobody behind its address' : service;
}

function portsOf({ object }: Manifest<'Service'>): string {
  return (object.spec?.ports ?? [])
    .map(({ port, targetPort }) =>
      targetPort === undefined || targetPort === port ? port : `${port} → ${targetPort}`,
    )
    .join(', ');
}

/** Jobs of a schedule are one box: there may be many, and none serves anybody. */
function workIn(tree: Tree, manifest: Manifest, scheduled: number): { kind: string; name: string; says: string } {
  const { kind, metadata } = manifest.object;
  const { rest, maximum, release } = replicasOf(tree, manifest);
  if (kind === 'CronJob') return { kind: 'CronJobs', name: 'by schedule', says: `${scheduled} of them` };
  if (kind === 'Job') return { kind, name: metadata.name, says: `${release} in a release` };
  const pods = rest === maximum ? `${rest}` : `${rest}–${maximum}`;
  return { kind, name: metadata.name, says: `${pods} ${pods === '1' ? 'pod' : 'pods'}` };
}
