import { Construct } from 'constructs';
import { connectionAlert } from '../charts/environments/alert-rules';
import type { Cluster, OnAws } from '../charts/environments/environment';
import { mebibytes } from '../charts/environments/units';
import { type Watched, watch } from './alarm';
import type { RedisCache } from './cache';
import type { PostgresDatabase } from './database';

export interface AlarmsProps {
  readonly database: PostgresDatabase;
  readonly cache: RedisCache;
  /** Where they are told. */
  readonly topicArn: string;
}

/** What CloudWatch tells of the data by mail, also when Datadog is away. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, cluster: Cluster, environment: OnAws, props: AlarmsProps) {
    super(scope, id);
    const { alarms, database } = environment.aws;
    const name = props.database.instance.identifier;
    const alarm = (alarmName: string, watched: Watched) =>
      watch(this, alarmName, `${cluster.system.prefix}-${environment.name}`, props.topicArn, watched);
    const rds = { namespace: 'AWS/RDS', of: { DBInstanceIdentifier: name } };
    const storage = 1024 ** 2 * mebibytes(database.storage);
    alarm('database-storage', {
      ...rds,
      metric: 'FreeStorageSpace',
      below: true,
      threshold: Math.round((storage * (100 - alarms.databaseStorage)) / 100),
      periods: 2,
      meaning: `Less than ${100 - alarms.databaseStorage} % of ${database.storage} is free; RDS grows to ${database.maxStorage} and no further`,
    });
    alarm('database-cpu', {
      ...rds,
      metric: 'CPUUtilization',
      threshold: alarms.databaseCpu,
      periods: 3,
      meaning: 'Slow queries: Performance Insights shows which',
    });
    alarm('database-connections', {
      ...rds,
      metric: 'DatabaseConnections',
      statistic: 'Maximum',
      threshold: connectionAlert(cluster, environment).critical,
      periods: 1,
      meaning: `Nearly all of ${environment.connections.max} connections are held`,
    });
    for (const node of props.cache.nodes) {
      const elasticache = { namespace: 'AWS/ElastiCache', of: { CacheClusterId: node } };
      const suffix = props.cache.nodes.length > 1 ? `-${node.slice(-3)}` : '';
      alarm(`cache-memory${suffix}`, {
        ...elasticache,
        metric: 'DatabaseMemoryUsagePercentage',
        statistic: 'Maximum',
        threshold: cluster.alerts.redisMemory.critical,
        periods: 1,
        meaning: 'At 100 Sidekiq cannot enqueue: nothing is evicted',
      });
      alarm(`cache-cpu${suffix}`, {
        ...elasticache,
        metric: 'EngineCPUUtilization',
        threshold: alarms.cacheCpu,
        periods: 3,
        meaning: 'Redis has one thread for all commands',
      });
    }
  }
}
