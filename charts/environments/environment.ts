import * as v from 'valibot';
import {
  bytes,
  cidr,
  count,
  cpu,
  cron,
  dnsLabel,
  dnsName,
  duration,
  imageReference,
  minorVersion,
  percent,
  url,
} from './units';

/** What a container asks for, and the most memory it may take. CPU has no limit: a limit would throttle Puma. */
const resources = v.strictObject({ cpu, memory: bytes, memoryLimit: bytes });
export type Resources = v.InferOutput<typeof resources>;

/** The two rules that count identically: this many failures fail the canary, this many errors end it as well. */
const judgement = {
  /** From the start of the canary to the first measurement: data has to arrive first. */
  initialDelay: duration,
  interval: duration,
  /** Failed measurements that are tolerated; one more fails the canary. */
  failureLimit: count(0, 10),
  /** Measurements in a row that could not be taken (an answer of 401, a time-out); one more fails the canary. */
  consecutiveErrorLimit: count(0, 10),
};

const puma = v.strictObject({
  /** WEB_CONCURRENCY. The documents: 5 workers a pod. */
  workers: count(1, 32),
  /** RAILS_MAX_THREADS. 1, because the documents count 15 connections for 3 pods of 5 workers. */
  threads: count(1, 32),
});

const drain = v.strictObject({
  /** How long the load balancer lets open requests end on a target that leaves. */
  deregistrationDelay: duration,
  /** The pod sleeps this long before TERM, so that the load balancer has stopped sending. */
  preStop: duration,
  terminationGracePeriod: duration,
});

const canary = v.strictObject({
  /** Weights in percent, increasing to 100; the pause gives the analysis time to judge. */
  steps: v.array(v.strictObject({ weight: percent, pause: v.optional(duration) })),
  /** A revision that is not ready by then is aborted: a pending migration, a crash. */
  progressDeadline: duration,
  sentry: v.strictObject({
    ...judgement,
    /** More than this percentage of errored sessions fails. The documents: 5. */
    errorRate: percent,
    /** With fewer sessions of the new release Sentry abstains. */
    minimumSessions: count(1),
  }),
  datadog: v.strictObject({
    ...judgement,
    /** More than this percentage of 5xx responses fails. */
    errorRate: percent,
    /** With fewer requests to the new version the measurement is inconclusive. */
    minimumRequests: count(1),
    /** Inconclusive measurements that are tolerated; one more pauses the Rollout for a person. */
    inconclusiveLimit: count(0, 10),
  }),
});

const web = v.strictObject({
  /** Pods by CPU use, in percent of what is requested. The documents: 3, up to 6. */
  autoscaling: v.strictObject({ min: count(1), max: count(1), cpuUtilization: percent }),
  puma,
  resources,
  drain,
  canary,
});

/** A sidecar has a pool of its own, so every number here is a pod's. */
const pgbouncer = v.strictObject({
  /** Server connections a web pod may hold: `default_pool_size` and `max_db_connections`. */
  webPool: count(1),
  sidekiqPool: count(1),
  /** Client connections a sidecar accepts before it refuses. */
  maxClients: count(1),
  serverIdleTimeout: duration,
  /** How long a query waits for a server connection before the client gets an error. */
  queryWaitTimeout: duration,
  maxPreparedStatements: count(0),
  resources,
});

/** Who may hold connections to the database of this environment, and how many there are [decision 13]. */
const connections = v.strictObject({
  /** `max_connections`; in production it is what Terraform sets. */
  max: count(1),
  /** What PostgreSQL (3) and RDS (2) keep for themselves. */
  reserved: count(0),
  migration: count(0),
  datadog: count(0),
  console: count(0),
});

const sidekiq = v.strictObject({
  replicas: count(0),
  /** Threads of a process, and so jobs at a time. */
  concurrency: count(1),
  /** Queues and their weights: a queue of weight 4 is looked at four times as often as one of weight 1. */
  queues: v.record(dnsLabel, count(1)),
  /** `-t`: how long a job may take to end after TERM; below the grace period. */
  shutdownTimeout: duration,
  terminationGracePeriod: duration,
  resources,
});

/** A database or cache in the namespace itself, instead of RDS or ElastiCache. */
const inCluster = v.strictObject({ image: imageReference, storage: bytes, resources });

const environment = v.strictObject({
  /** Also the folder under `dist/`, and the value of the unified tag `env`. */
  name: dnsLabel,
  namespace: dnsLabel,
  host: dnsName,
  /** The CDN's host. Without it the app serves its own assets and nothing is uploaded. */
  assetsHost: v.optional(dnsName),
  /** A name of the cluster's priority classes. */
  priority: dnsLabel,
  /** The most that all pods of the namespace may request, rest and canary together. */
  quota: v.strictObject({ cpu, memory: bytes, memoryLimit: bytes, pods: count(1), storage: bytes }),
  web,
  pgbouncer,
  connections,
  sidekiq,
  /** When the work that nobody clicks on runs. */
  schedules: v.strictObject({ eventReminders: cron, databaseCleanup: cron }),
  /** Share of requests that Sentry traces and profiles, 0 to 1. */
  sentry: v.strictObject({
    tracesSampleRate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    profilesSampleRate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
  /** Present: PostgreSQL and Redis run in the namespace. Absent: they are RDS and ElastiCache, by Terraform's outputs. */
  inCluster: v.optional(v.strictObject({ postgres: inCluster, redis: inCluster })),
});

const nodeGroup = v.strictObject({
  instanceType: v.string(),
  min: count(1),
  max: count(1),
  /** The kubelet's limit, with prefix delegation; a t3.medium holds 17 without. */
  maxPods: count(1, 110),
  disk: bytes,
  /** The value of the node label `workload`, and of the taint when there is one. */
  workload: dnsLabel,
  tainted: v.boolean(),
  /** One zone: its volumes cannot leave it. */
  singleZone: v.boolean(),
});

const cluster = v.strictObject({
  name: dnsLabel,
  region: v.string(),
  /** Minor version; Pod Security labels are pinned to it. */
  kubernetes: minorVersion,
  network: v.strictObject({
    vpc: cidr,
    zones: v.array(v.string()),
    publicSubnets: v.array(cidr),
    privateSubnets: v.array(cidr),
    databaseSubnets: v.array(cidr),
    natGatewayPerZone: v.boolean(),
  }),
  nodeGroups: v.strictObject({ app: nodeGroup, jenkins: nodeGroup }),
  /** PriorityClasses and their values. A pod without one has 0; below −10 the autoscaler adds no node for it. */
  priorities: v.record(dnsLabel, v.pipe(v.number(), v.integer(), v.minValue(-10), v.maxValue(1_000_000_000))),
  loadBalancer: v.strictObject({
    /** The IngressGroup: everything in it shares one load balancer. */
    group: dnsLabel,
    /** Who may join it. */
    namespaces: v.array(dnsLabel),
    sslPolicy: v.string(),
    idleTimeout: duration,
    healthCheckInterval: duration,
    healthyThreshold: count(2, 10),
  }),
  /** User interfaces are internal; `webhooks` is where GitHub calls Argo CD. */
  hosts: v.strictObject({ argocd: dnsName, jenkins: dnsName, webhooks: dnsName }),
  /** This repository, as Argo CD reads it, and the people of it. */
  delivery: v.strictObject({
    repository: url,
    branch: v.string(),
    organization: v.string(),
    /** GitHub teams: one may look, one may sync. */
    readers: v.string(),
    operators: v.string(),
    /** The team's channel. */
    channel: v.string(),
  }),
  sentry: v.strictObject({ organization: v.string(), project: count(1), api: url }),
  datadog: v.strictObject({ site: dnsName, namespace: dnsLabel }),
  images: v.strictObject({ pgbouncer: imageReference, awsCli: imageReference }),
  /** Dollars a month: what may be spent, and when somebody is told. */
  budget: v.strictObject({ monthly: count(1), alerts: v.array(count(1)) }),
});

export const schemas = { cluster, environment };
/** What exists once. */
export type Cluster = v.InferOutput<typeof cluster>;
/** What exists once per namespace. */
export type Environment = v.InferOutput<typeof environment>;
