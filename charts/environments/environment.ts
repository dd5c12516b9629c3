import * as v from 'valibot';
import { alerts } from './alerts';
import { budget, clusterOnAws, dailyWindow, environmentOnAws, network } from './infrastructure';
import { jenkins } from './jenkins';
import { nodeGroups } from './node-groups';
import { previewSettings } from './previews';
import { system } from './system';
import {
  between,
  branch,
  bytes,
  channel,
  cidr,
  count,
  dnsLabelText,
  dnsName,
  duration,
  imageReference,
  minorVersion,
  organization,
  origin,
  pathOfTeam,
  percent,
  quota,
  region,
  repository,
  resources,
  schedule,
  slug,
  tlsPolicy,
} from './units';

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
  /** WEB_CONCURRENCY. The design: 5 workers a pod. */
  workers: count(1, 32),
  /** RAILS_MAX_THREADS. 1, because the design counts 15 connections for 3 pods of 5 workers. */
  threads: count(1, 32),
});

const drain = v.strictObject({
  /**
   * How long the load balancer lets open requests end on a target that leaves. `deregistration_delay.timeout_seconds` takes
   * up to 3600: TargetGroupAttribute of the API reference of Elastic Load Balancing.
   */
  deregistrationDelay: between('1s', '3600s'),
  /** The pod sleeps this long before TERM, so that the load balancer has stopped sending. */
  preStop: duration,
  terminationGracePeriod: duration,
});

const canary = v.strictObject({
  /** Weights in percent, increasing to 100; the pause gives the analysis time to judge. */
  steps: v.array(v.strictObject({ weight: percent, pause: v.optional(duration) })),
  /**
   * A revision that is not ready by then is aborted: a pending migration, a crash. So is one whose weight the load balancer
   * does not take, or that AWS does not confirm.
   */
  progressDeadline: duration,
  /** How long the pods of the version before stay after the last weight is confirmed, for what is still on its way. */
  scaleDownDelay: duration,
  /**
   * How long the pods of an aborted version stay. Argo Rollouts does not wait for the load balancer here, so by then it must
   * have taken their weight away, or somebody must have come.
   */
  abortDelay: duration,
  sentry: v.strictObject({
    ...judgement,
    /** More than this percentage of errored sessions fails. The design: 5. */
    errorRate: percent,
    /** With fewer sessions of the new release Sentry abstains. */
    minimumSessions: count(1),
  }),
  datadog: v.strictObject({
    ...judgement,
    /** More than this percentage of 5xx responses fails. */
    errorRate: percent,
    /** With fewer requests to the new version in a window Datadog abstains, and the gate stays shut. */
    minimumRequests: count(1),
  }),
  /** After the pause of each weight: opens for a version that enough requests have shown to be good. */
  gate: v.strictObject({
    /** Between two looks. */
    interval: duration,
    /**
     * How far back requests are counted, the shortest first. The next window is taken as soon as all of it lies after the
     * weight: the fewer requests there are, the longer they are collected.
     */
    windows: v.array(duration),
    /** From the end of the pause until a version that too few requests have seen is aborted. */
    deadline: duration,
  }),
});

/** When a request is refused with 429: `config/initializers/rack_attack.rb` of the app counts in Redis, for all pods. */
const limits = v.strictObject({
  /** Requests a second of everybody together, at the most. The design: 50. */
  peak: count(1),
  /** All who may come from one address: a campus has a handful. A fifth of them may sign in within a minute. */
  people: count(5),
  /** Requests a minute of one person, or of one session in which nobody is signed in. */
  person: count(1),
  /** Requests a minute of one address; several times the peak, which may come from one alone. */
  address: count(1),
});

const web = v.strictObject({
  /** Pods by CPU use, in percent of what is requested. The design: 3, up to 6. */
  autoscaling: v.strictObject({ min: count(1), max: count(1), cpuUtilization: percent }),
  puma,
  resources,
  drain,
  canary,
  limits,
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

/** Who may hold connections to the database of this environment, and how many there are (docs/decisions/0007-connections-are-a-budget.md). */
const connections = v.strictObject({
  /** `max_connections`; in production it is what Terraform sets. What `describe-engine-default-parameters` of RDS allows. */
  max: count(6, 8_388_607),
  /** What PostgreSQL (3) and RDS (2) keep for themselves. */
  reserved: count(0),
  migration: count(0),
  datadog: count(0),
  console: count(0),
});

const sidekiq = v.strictObject({
  /** Processes. With `scaling` the least of them. */
  replicas: count(0),
  /** Present: KEDA starts more processes while jobs wait. Absent: there are as many as `replicas`. */
  scaling: v.optional(
    v.strictObject({
      /** Processes; each has a pool in the connection budget. */
      max: count(1),
      /** How long the oldest job may wait before a process more is started; below the alert's warning. */
      latency: duration,
      /** One more process for so many jobs waiting in a queue, which is known before any has waited long. */
      jobsPerProcess: count(1),
    }),
  ),
  /** Present: only on nodes of Spot capacity, which the node groups must then have. Absent: on any application node. */
  spot: v.optional(v.strictObject({})),
  /** Threads of a process, and so jobs at a time. */
  concurrency: count(1),
  /** Queues and their weights: a queue of weight 4 is looked at four times as often as one of weight 1. */
  queues: v.record(dnsLabelText, count(1, 100)),
  /** How long jobs run on after TSTP, with which no new one is begun, before TERM. */
  quiet: duration,
  /** `-t`: how long a job may take to end after TERM; below the grace period. */
  shutdownTimeout: duration,
  terminationGracePeriod: duration,
  /** What becomes of the jobs of a process that was killed: they stay in Redis until they are done. */
  takeOver: v.strictObject({
    /** How long a process gives no sign of life before another one does its jobs. One that lives on has them run twice. */
    after: duration,
    /** How often a job may lose its process; with the next time it is among the dead, and somebody is told. */
    interruptions: count(1, 25),
  }),
  resources,
});

/** `rails db:migrate`, whenever an image brings other migrations than the one before, and straight at the database. */
const migrations = v.strictObject({
  /** `commit`: Argo CD runs it when the migrations change. `person`: Argo CD shows that it is due, and somebody syncs it. */
  startedBy: v.picklist(['commit', 'person']),
  /** Present where a person starts it: the hours of the day in which least is going on, UTC. Argo CD shows them. */
  window: v.optional(dailyWindow),
  /** Present: RDS takes a snapshot first, by a container of this size, and the migration waits until it is available. */
  snapshot: v.optional(
    v.strictObject({
      /** How many of those before stay, beside the new one; older ones are deleted. A region holds 100, of all instances. */
      keep: count(1, 50),
      resources,
    }),
  ),
  /** How long a statement waits for its lock: whoever wants the table meanwhile waits behind it. */
  lockTimeout: duration,
  statementTimeout: duration,
  /** For everything: the snapshot, the migration, and its second attempt. */
  deadline: duration,
  resources,
});

/** A database or cache in the namespace itself, instead of RDS or ElastiCache. */
const inCluster = v.strictObject({ image: imageReference, storage: bytes, resources });

const environment = v.strictObject({
  /** Also the folder under `dist/`, and the value of the unified tag `env`. */
  name: dnsLabelText,
  namespace: dnsLabelText,
  host: dnsName,
  /** The CDN's host. Without it the app serves its own assets and nothing is uploaded. */
  assetsHost: v.optional(dnsName),
  /** A name of the cluster's priority classes. */
  priority: dnsLabelText,
  quota,
  web,
  pgbouncer,
  connections,
  sidekiq,
  /** When the work that nobody clicks on runs. */
  schedules: v.strictObject({
    eventReminders: schedule,
    databaseCleanup: schedule,
    /** A pod that has not enqueued its job by then is ended. */
    deadline: duration,
    /** What a pod takes that starts Rails, enqueues one job and ends. */
    resources,
  }),
  /** The pod a person works in: a console or a rake task. `deadline` ends a forgotten one, and frees its connection. */
  console: v.strictObject({ deadline: duration, resources }),
  migrations,
  /** Share of requests that Sentry traces and profiles, 0 to 1. */
  sentry: v.strictObject({
    tracesSampleRate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    profilesSampleRate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
  /** Present: PostgreSQL and Redis run in the namespace. Exactly one of this and `aws`. */
  inCluster: v.optional(v.strictObject({ postgres: inCluster, redis: inCluster })),
  /** Present: they are RDS and ElastiCache, which Terraform makes of this, and the charts know by its outputs. */
  aws: v.optional(environmentOnAws),
});

const cluster = v.strictObject({
  name: dnsLabelText,
  system,
  region,
  /** Minor version; Pod Security labels are pinned to it. */
  kubernetes: minorVersion,
  network: v.strictObject({
    ...network.entries,
    /** The addresses of Services; the first is the API server's. EKS takes this range for a VPC in 10.0.0.0/8. */
    services: cidr,
  }),
  nodeGroups,
  /** The design's month with few students: `pilot.ts` says what is turned then, and what each costs in safety. */
  pilot: v.boolean(),
  /**
   * A node of the application is lost at rest. `held`: the others hold every pod of a priority above 0 at once. `waits`: a pod may
   * have to wait until AWS has started another node; the proof then asks nothing of that moment.
   */
  lostNode: v.picklist(['held', 'waits']),
  /** PriorityClasses and their values. A pod without one has 0; below −10 the autoscaler adds no node for it. */
  priorities: v.record(dnsLabelText, v.pipe(v.number(), v.integer(), v.minValue(-10), v.maxValue(1_000_000_000))),
  /**
   * How often External Secrets reads every entry again; each time is billed. A rotated value is in the pods' files within the
   * minute after it, or at once when a person asks (docs/runbooks/alerts/secret-sync.md).
   */
  secretRefresh: between('1m', '24h'),
  loadBalancer: v.strictObject({
    /** Those that are open to the internet, by the name of their IngressClass. */
    public: v.record(
      dnsLabelText,
      v.strictObject({
        /** The IngressGroup: one load balancer, of which nothing changes any more while one of its Ingresses is refused. */
        group: dnsLabelText,
        /** Who may join it. */
        namespaces: v.array(dnsLabelText),
      }),
    ),
    /** The IngressGroup of Jenkins' and Argo CD's user interfaces. */
    internalGroup: dnsLabelText,
    sslPolicy: tlsPolicy,
    /** `idle_timeout.timeout_seconds`: 1 to 4000, LoadBalancerAttribute of the API reference of Elastic Load Balancing. */
    idleTimeout: between('1s', '4000s'),
    /** `HealthCheckIntervalSeconds` of CreateTargetGroup takes 5 to 300; an answer may take 5, and must come before the next. */
    healthCheckInterval: between('6s', '300s'),
    /** `HealthyThresholdCount` of CreateTargetGroup. */
    healthyThreshold: count(2, 10),
    /** Paths of the app that only the team might see, with all below them: the load balancers answer 404 to everybody. */
    refused: v.array(pathOfTeam),
    /** Present: every request is noted in a bucket, and forgotten after so many days; it has the address of whoever asked. */
    accessLogs: v.optional(v.strictObject({ retention: count(1) })),
  }),
  /** User interfaces are internal; `webhooks` is where GitHub calls Argo CD. */
  hosts: v.strictObject({ argocd: dnsName, jenkins: dnsName, webhooks: dnsName }),
  /** This repository, as Argo CD reads it, and the people of it. */
  delivery: v.strictObject({
    repository,
    branch,
    organization,
    /** GitHub teams: one may look, one may sync. */
    readers: slug,
    operators: slug,
    /** The team's channel. */
    channel,
    /**
     * How long Argo CD lets one sync run, with all its attempts; then it deletes the hooks that run. Longer than every
     * migration's `deadline`, or a migration is killed before its own time is over.
     */
    syncTimeout: duration,
    /** A sync that takes longer, with its longest Job on top, is told there. */
    syncWithin: duration,
  }),
  sentry: v.strictObject({ organization: slug, project: count(1), api: origin }),
  datadog: v.strictObject({
    site: dnsName,
    namespace: dnsLabelText,
    /** On every node: metrics, logs and processes, and beside it traces. */
    agent: resources,
    traceAgent: resources,
    /** Once: the state of Kubernetes, and its events. */
    clusterAgent: resources,
    /** Once: the checks of RDS and ElastiCache. */
    checks: resources,
  }),
  jenkins,
  images: v.strictObject({
    pgbouncer: imageReference,
    awsCli: imageReference,
    /** Two images of one release. */
    datadogAgent: imageReference,
    datadogClusterAgent: imageReference,
  }),
  budget,
  /** Present: a pull request of the app may have an environment of its own. */
  preview: v.optional(previewSettings),
  /** What the monitors tell, and whom. */
  alerts,
  /** What only Terraform reads. */
  aws: clusterOnAws,
});

export const schemas = { cluster, environment };
/** What exists once. */
export type Cluster = v.InferOutput<typeof cluster>;
/** What exists once per namespace. */
export type Environment = v.InferOutput<typeof environment>;
/** An environment whose data layer is AWS'. */
export type OnAws = Environment & { readonly aws: NonNullable<Environment['aws']> };
