import * as v from 'valibot';
import { fargate } from '../../charts/environments/fargate';
import * as aws from '../../charts/environments/infrastructure';
import { system } from '../../charts/environments/system';
import { count, dnsLabelText, dnsName, region } from '../../charts/environments/units';

/** All of one environment: it shares nothing with another one but the account. */
export const schema = v.strictObject({
  name: dnsLabelText,
  system,
  region,
  host: dnsName,
  network: aws.network,
  ...fargate,
  /** Puma: each thread holds a connection, and no pool stands between. */
  puma: v.strictObject({ workers: count(1, 32), threads: count(1, 32) }),
  /** `max` is what PostgreSQL takes; a deployment has two of every task. */
  connections: v.strictObject({ max: count(6, 8_388_607), reserved: count(0), migration: count(0) }),
  budget: aws.budget,
  aws: v.strictObject({
    tags: aws.tags,
    dns: v.strictObject({ zone: dnsName }),
    flowLogs: v.optional(aws.flowLogs),
    repositories: aws.repositories,
    recovery: v.strictObject({ deletionProtection: v.boolean(), keys: count(7, 30), secrets: count(7, 30) }),
    database: v.strictObject({
      ...aws.postgres.entries,
      /** Present: a copy that answers questions alone. */
      replica: v.optional(v.strictObject({ instance: aws.named(aws.databaseClasses, 'class of RDS') })),
    }),
    /** Absent: Rails has no Redis, and E-Ren's image then has no sessions. */
    cache: v.optional(aws.redis),
    files: aws.fileBucket,
    /** Days. */
    artifacts: v.strictObject({ expireAfter: count(1), expireReplaced: count(1) }),
    /** Present: app files are copied to a bucket in this region, too. */
    replication: v.optional(v.strictObject({ region })),
  }),
});

export type RailsOnEcs = v.InferOutput<typeof schema>;
