import type { Construct } from 'constructs';
import { connectionAlert } from '../environments/alert-rules';
import { seconds } from '../environments/units';
import type { Site } from '../settings';
import { monitor } from './monitor';

/** The database, the pools before it, and Redis. */
export function dataMonitors(scope: Construct, site: Site): void {
  const { cluster, environment } = site;
  const { alerts } = cluster;
  const env = `env:${environment.name}`;

  monitor(scope, site, {
    name: 'database-connections',
    title: 'Database connections run out',
    meaning: `{{value}} of ${environment.connections.max} connections are held.`,
    pages: true,
    query: `avg(last_5m):sum:postgresql.connections{${env}}`,
    thresholds: connectionAlert(cluster, environment),
    // The check that counts needs a connection itself.
    noDataAfter: 15,
  });
  const { slowStatement } = environment.aws?.database ?? {};
  if (slowStatement)
    monitor(scope, site, {
      name: 'slow-statements',
      title: 'A statement of the database is slow',
      meaning: '{{statement.name}} took {{value}} s on average of an hour.',
      pages: false,
      query:
        `sum(last_1h):sum:postgresql.statements.seconds{${env}} by {statement}.as_count() / ` +
        `sum:postgresql.statements.calls{${env}} by {statement}.as_count()`,
      thresholds: { critical: seconds(slowStatement) },
    });
  monitor(scope, site, {
    name: 'pool-waiting',
    title: 'Requests wait for a database connection',
    meaning: '{{value}} clients of the pool of one pod wait, on average of five minutes.',
    pages: true,
    query: `avg(last_5m):sum:pgbouncer.pools.cl_waiting{${env}} by {pod_name}`,
    thresholds: alerts.poolWaiting,
    // Slow queries stall all pods at once: one page, not one for each.
    options: { notify_by: ['*'] },
  });
  monitor(scope, site, {
    name: 'redis-memory',
    title: 'Redis fills up',
    meaning: 'Redis holds {{value}} % of maxmemory. At 100 it refuses writes: no job, no session, no cache.',
    pages: true,
    query: `avg(last_10m):max:redis.mem.used{${env}} / max:redis.mem.maxmemory{${env}} * 100`,
    thresholds: alerts.redisMemory,
    noDataAfter: 20,
  });
}
