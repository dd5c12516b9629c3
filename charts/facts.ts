import { type AddOn, addOns, eksAddOns, type Workload } from './environments/add-ons';
import { type DesignRow, design } from './environments/design';
import type { Cluster, Environment } from './environments/environment';
import { alarmsOf, cacheNodeTypes } from './environments/infrastructure';
import { balancers, openedTo } from './environments/load-balanced';
import { buildGroupName } from './environments/node-groups';
import { mostConnections } from './environments/rules';
import type { Awaited } from './environments/static-parameters';
import type { SystemNames } from './environments/system';
import { type Bytes, type Cpu, mebibytes, millicores } from './environments/units';
import { type AnySite, type Endpoint, everySite, type Settings, settingsFileOf } from './settings';

/** What of a cluster the review reads. Without node groups it is not one of Kubernetes, and has no bill of one. */
export type ClusterFacts = Pick<
  Cluster,
  | 'name'
  | 'region'
  | 'kubernetes'
  | 'nodeGroups'
  | 'network'
  | 'lostNode'
  | 'priorities'
  | 'budget'
  | 'alerts'
  | 'preview'
> & {
  readonly system: SystemNames;
  readonly aws: Pick<Cluster['aws'], 'nodes' | 'dns' | 'pullThrough' | 'recovery' | 'datadog'>;
};

/** A namespace's part of a system. */
export interface EnvironmentFacts {
  readonly name: string;
  /** Where files come from that no pod serves. */
  readonly assetsHost?: string;
  /** Alarms of CloudWatch that Terraform makes for it. */
  readonly alarms: number;
  /** Clients of one pod that can wait for a connection of its PgBouncer. */
  readonly waiting?: number;
  /** Present where its app goes through PgBouncer: what `verify` compares the running pools with. */
  readonly pooled?: Environment;
}

/** A server that pods connect to. */
interface ServerFacts extends Endpoint {
  readonly environment: string;
  /** Where a person changes its limits. */
  readonly file: string;
}

/** A PostgreSQL server, with its one database. */
export interface DatabaseFacts extends ServerFacts {
  readonly name: string;
  /** How the entry of Secrets Manager ends that has its password. */
  readonly secret: string;
  /** `max_connections`, and what of them PostgreSQL and RDS keep for themselves. */
  readonly max: number;
  readonly reserved: number;
  /** Connections at the worst moment, as the settings reckon; undefined where they do not. */
  readonly reckoned?: number;
  /** Present for RDS. */
  readonly rds?: {
    readonly instance: string;
    readonly multiAz: boolean;
    readonly storage: Bytes;
    readonly maxStorage: Bytes;
  };
}

/** A Redis server. */
export interface CacheFacts extends ServerFacts {
  /** Present for ElastiCache; `retention` in days. */
  readonly elastiCache?: { readonly node: string; readonly replicas: number; readonly retention: number };
}

/** An app that serves people, by which it is reckoned how much traffic its environment still holds. */
export interface TrafficFacts {
  readonly environment: string;
  /** Requests a second in peaks, and a minute from one address. */
  readonly peak: number;
  readonly address: number;
  readonly pods: number;
  /** Millicores of one pod, and the share at which the autoscaler adds one, in percent. */
  readonly cpu: number;
  readonly utilization: number;
  /** Requests that a pod serves at once. */
  readonly workers: number;
  /** Connections of a pod's pool. */
  readonly pool: number;
  /** MiB of the cache that has the sessions. */
  readonly cache: number;
}

/** A line of the bill that no object and no other fact makes, in dollars a month. */
export interface BilledFacts {
  readonly name: string;
  readonly quantity: string;
  readonly rest: number;
  readonly expected: number;
  readonly most: number;
  /** The row of the design's table that it belongs to. */
  readonly documents?: string;
}

/** What the review compares the objects of a system with. */
export interface SystemFacts {
  readonly cluster: ClusterFacts;
  /** Where a person changes what the cluster has once. */
  readonly file: string;
  /** The account whose registry has the system's images. */
  readonly account: string;
  readonly environments: readonly EnvironmentFacts[];
  /** Environments that come and go. */
  readonly previews: readonly string[];
  readonly databases: readonly DatabaseFacts[];
  readonly caches: readonly CacheFacts[];
  readonly traffic: readonly TrafficFacts[];
  /** Load balancers: the security group of each, and the ports of pods that it reaches. */
  readonly balancers: readonly {
    readonly name: string;
    readonly group: string;
    readonly ports: readonly number[];
  }[];
  /** Pods of what Argo CD and EKS install by charts and add-ons, whose objects are not here. */
  readonly addOns: Readonly<Record<string, AddOn>>;
  readonly eksAddOns: Readonly<Record<string, Workload<{ readonly cpu: Cpu; readonly memory: Bytes }>>>;
  /** The node group that builds run on, where there are any. */
  readonly builds?: string;
  readonly billed: readonly BilledFacts[];
  /** The design's own table of costs, by row. */
  readonly design: Readonly<Record<string, DesignRow>>;
  readonly awaited: readonly Awaited[];
}

const known = new WeakMap<object, SystemFacts>();

/**
 * What settings say, for whoever judges objects by them.
 *
 * @param settings of environments as `charts/settings.ts` loads them, or facts that a system says itself
 */
export function systemFacts(settings: Settings | SystemFacts): SystemFacts {
  if ('databases' in settings) return settings;
  const made = known.get(settings) ?? read(settings);
  known.set(settings, made);
  return made;
}

function read(settings: Settings): SystemFacts {
  const { cluster, outputs, sites, previews, awaited } = settings;
  const all = everySite(settings);
  const groups = { alb: outputs.alb_security_group_id, 'internal-alb': outputs.internal_alb_security_group_id };
  return {
    cluster,
    file: 'charts/environments/cluster.ts',
    account: outputs.account_id,
    environments: sites.map(({ environment }) => ({
      name: environment.name,
      assetsHost: environment.assetsHost,
      alarms: environment.aws ? alarmsOf(environment.aws) : 0,
      waiting: environment.web.puma.workers * environment.web.puma.threads - environment.pgbouncer.webPool,
      pooled: environment,
    })),
    previews: previews.map(({ environment }) => environment.name),
    databases: all.map(databaseOf),
    caches: all.map(cacheOf),
    traffic: sites.flatMap(({ environment }) => trafficOf(environment) ?? []),
    balancers: balancers.map((name) => ({ name, group: groups[name], ports: openedTo(name) })),
    addOns,
    eksAddOns,
    builds: buildGroupName(cluster),
    billed: [],
    design,
    awaited,
  };
}

function databaseOf({ database, environment }: AnySite): DatabaseFacts {
  const { host, port, peers, name } = database;
  const { max, reserved } = environment.connections;
  return {
    environment: environment.name,
    file: settingsFileOf(environment),
    ...{ host, port, peers, name, max, reserved },
    secret: `${environment.name}/database`,
    reckoned: mostConnections(environment),
    ...(environment.aws && { rds: environment.aws.database }),
  };
}

function cacheOf({ redis, environment }: AnySite): CacheFacts {
  const { node, replicas, snapshotRetention: retention } = environment.aws?.cache ?? {};
  return {
    environment: environment.name,
    file: settingsFileOf(environment),
    ...redis,
    ...(node !== undefined && { elastiCache: { node, replicas: replicas ?? 0, retention: retention ?? 0 } }),
  };
}

/** Nothing of what is not on AWS: its servers share the nodes of all. */
function trafficOf({ name, web, pgbouncer, aws }: Environment): TrafficFacts | undefined {
  if (!aws) return undefined;
  const { autoscaling, puma, limits, resources } = web;
  return {
    environment: name,
    peak: limits.peak,
    address: limits.address,
    pods: autoscaling.max,
    cpu: millicores(resources.cpu),
    utilization: autoscaling.cpuUtilization,
    workers: puma.workers * puma.threads,
    pool: pgbouncer.webPool,
    cache: mebibytes(cacheNodeTypes[aws.cache.node].memory),
  };
}
