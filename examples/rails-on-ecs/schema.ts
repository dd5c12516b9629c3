import * as v from 'valibot';
import {
  budget,
  databaseClasses,
  fileBucket,
  flowLogs,
  logDays,
  named,
  network,
  postgres,
  redis,
  repositories,
  tags,
} from '../../charts/environments/infrastructure';
import { system } from '../../charts/environments/system';
import {
  between,
  branch,
  bytes,
  count,
  dnsLabelText,
  dnsName,
  imageReference,
  percent,
  region,
  repository,
  tlsPolicy,
} from '../../charts/environments/units';

/** All of one environment: it shares nothing with another one but the account. */
export const schema = v.strictObject({
  name: dnsLabelText,
  system,
  region,
  host: dnsName,
  network,
  task: v.strictObject({
    /** Units of CPU: 1024 are one. Fargate takes some pairs of this and `memory`, which rules.ts knows. */
    cpu: v.picklist([256, 512, 1024, 2048, 4096]),
    memory: bytes,
    architecture: v.picklist(['ARM64', 'X86_64']),
    /** `FARGATE_SPOT`: about a third of the price, and AWS may take a task back two minutes after it has said so. */
    capacity: v.picklist(['FARGATE', 'FARGATE_SPOT']),
    /** Percent of what a task has. */
    scaling: v.strictObject({
      min: count(1),
      max: count(1, 100),
      cpuUtilization: percent,
      memoryUtilization: percent,
    }),
    /** `enhanced` bills for every task and container. */
    containerInsights: v.picklist(['enhanced', 'enabled', 'disabled']),
  }),
  rails: v.strictObject({
    /** WEB_CONCURRENCY and RAILS_MAX_THREADS: each thread holds a connection, and no pool stands between. */
    workers: count(1, 32),
    threads: count(1, 32),
    /** How long one statement may take: the longest that a request waits for the database. */
    statementTimeout: between('1s', '1h'),
    /** From TERM until the kernel ends it; longer than `worker_shutdown_timeout` of config/puma.rb, 20 s. */
    stopTimeout: between('21s', '120s'),
  }),
  nginx: v.strictObject({
    image: imageReference,
    memory: bytes,
    /** The largest file that somebody may upload. */
    uploads: bytes,
    /** How long it waits for Rails: longer than a statement, shorter than the load balancer waits. */
    readTimeout: between('1s', '1h'),
    /** How long it goes on taking requests after the signal: AWS takes a task of Spot back before the load balancer knows. */
    preStop: between('1s', '60s'),
  }),
  loadBalancer: v.strictObject({
    sslPolicy: tlsPolicy,
    idleTimeout: between('1s', '4000s'),
    healthCheckInterval: between('6s', '300s'),
    healthyThreshold: count(2, 10),
    deregistrationDelay: between('1s', '3600s'),
  }),
  /** `max` is what PostgreSQL takes; a deployment has two of every task. */
  connections: v.strictObject({ max: count(6, 8_388_607), reserved: count(0), migration: count(0) }),
  pipeline: v.strictObject({
    repository,
    branch,
    /** Of CodeBuild: what builds the image, of the architecture of the task. */
    image: v.picklist([
      'aws/codebuild/amazonlinux-aarch64-standard:3.0',
      'aws/codebuild/amazonlinux-x86_64-standard:5.0',
    ]),
    compute: v.picklist(['BUILD_GENERAL1_SMALL', 'BUILD_GENERAL1_MEDIUM', 'BUILD_GENERAL1_LARGE']),
    /** How requests move to a new version: "Predefined deployment configurations for an Amazon ECS compute platform". */
    shift: v.picklist([
      'CodeDeployDefault.ECSCanary10Percent5Minutes',
      'CodeDeployDefault.ECSCanary10Percent15Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery1Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
      'CodeDeployDefault.ECSAllAtOnce',
    ]),
    /** Minutes that the old version stays after the last request has moved: the way back is at once until then. */
    keepOld: count(0, 2880),
  }),
  logs: v.strictObject({ retention: logDays, accessRetention: count(1) }),
  alarms: v.strictObject({
    cpu: percent,
    memory: percent,
    databaseCpu: percent,
    databaseStorage: percent,
    /** Percent of requests that are answered with 5xx, and below how many in a minute it says nothing. */
    errorRate: percent,
    minimumRequests: count(1),
  }),
  budget,
  aws: v.strictObject({
    tags,
    dns: v.strictObject({ zone: dnsName }),
    flowLogs: v.optional(flowLogs),
    repositories,
    recovery: v.strictObject({ deletionProtection: v.boolean(), keys: count(7, 30), secrets: count(7, 30) }),
    database: v.strictObject({
      ...postgres.entries,
      /** Present: a copy that answers questions alone. */
      replica: v.optional(v.strictObject({ instance: named(databaseClasses, 'class of RDS') })),
    }),
    /** Absent: Rails has no Redis, and E-Ren's image then has no sessions. */
    cache: v.optional(redis),
    files: fileBucket,
    artifacts: v.strictObject({ expireAfter: count(1), expireReplaced: count(1) }),
    /** Present: app files are copied to a bucket in this region, too. */
    replication: v.optional(v.strictObject({ region })),
  }),
});

export type RailsOnEcs = v.InferOutput<typeof schema>;

/** The environment as what names in AWS begin with, where an account has it once: `rails-production`. */
export function placeOf(settings: RailsOnEcs) {
  const name = `${settings.system.prefix}-${settings.name}`;
  return { ...settings, name, system: { ...settings.system, prefix: name } };
}
