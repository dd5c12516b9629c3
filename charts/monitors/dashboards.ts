import type { Construct } from 'constructs';
import { connectionAlert } from '../environments/alert-rules';
import { openGroups } from '../environments/node-groups';
import type { Site } from '../settings';
import { dashboard } from './dashboard';

/** The design's key metrics, one dashboard for each of its headings; the lines across are the monitors' thresholds. */
export function dashboards(scope: Construct, site: Site): void {
  const { cluster, environment } = site;
  const { alerts } = cluster;
  const env = `env:${environment.name}`;
  const web = `${env},service:eren-web`;
  const pods = `kube_namespace:${environment.namespace}`;

  dashboard(scope, {
    name: 'application',
    title: 'E-Ren: application',
    description: 'What students get: how fast, how much, how often not.',
    graphs: [
      {
        title: 'Response time (seconds)',
        queries: Object.fromEntries(['p50', 'p95', 'p99'].map((p) => [p, `${p}:trace.rack.request{${web}}`])),
        thresholds: { warning: alerts.latency.warning / 1000, critical: alerts.latency.critical / 1000 },
      },
      {
        title: 'Requests per second, by version',
        queries: { requests: `sum:trace.rack.request.hits{${web}} by {version}.as_rate()` },
        display: 'area',
      },
      {
        title: 'Requests answered with 5xx (%)',
        queries: {
          errors: `sum:trace.rack.request.hits.by_http_status{${web},http.status_class:5xx}.as_count()`,
          requests: `sum:trace.rack.request.hits{${web}}.as_count()`,
        },
        formulas: { 'error rate': 'default_zero(errors) / requests * 100' },
        thresholds: alerts.errorRate,
      },
      {
        title: 'Slowest pages, p95 (seconds)',
        queries: { page: `p95:trace.rack.request{${web}} by {resource_name}` },
        formulas: { page: "top(page, 10, 'mean', 'desc')" },
      },
      {
        title: 'Oldest job waiting (seconds), by queue',
        queries: { queue: `max:eren.sidekiq.queue.latency{${env}} by {queue}` },
        thresholds: alerts.queueLatency,
      },
      { title: 'Jobs waiting, by queue', queries: { queue: `max:eren.sidekiq.queue.size{${env}} by {queue}` } },
      {
        title: 'Requests refused (429), by limit',
        queries: { refused: `sum:eren.requests.refused{${env}} by {limit}.as_count()` },
        display: 'bars',
      },
      {
        title: 'Jobs whose process was killed, and jobs given up',
        queries: {
          interrupted: `sum:eren.sidekiq.jobs.interrupted{${env}}.as_count()`,
          dead: `sum:eren.sidekiq.jobs.dead{${env}}.as_count()`,
        },
        display: 'bars',
      },
    ],
  });
  dashboard(scope, {
    name: 'business',
    title: 'E-Ren: business',
    description: 'What students do with it.',
    graphs: [
      {
        title: 'Event registrations per hour',
        queries: { registrations: `sum:eren.events.registrations{${env}}.as_count().rollup(sum, 3600)` },
        display: 'bars',
      },
      { title: 'Active users (last 15 minutes)', queries: { users: `max:eren.users.active{${env}}` } },
      {
        title: 'E-score updates per hour',
        queries: { updates: `sum:eren.e_score.updates{${env}}.as_count().rollup(sum, 3600)` },
        display: 'bars',
      },
      {
        title: 'Geocoding requests per day',
        queries: { requests: `sum:eren.geocoding.requests{${env}}.as_count().rollup(sum, 86400)` },
        display: 'bars',
      },
    ],
  });
  dashboard(scope, {
    name: 'database',
    title: 'E-Ren: database and Redis',
    description: 'PostgreSQL, the pools before it, and Redis.',
    graphs: [
      {
        title: `Connections of ${environment.connections.max}`,
        queries: { connections: `sum:postgresql.connections{${env}}` },
        thresholds: connectionAlert(cluster, environment),
      },
      {
        title: 'Query time (microseconds), by part of the app',
        queries: { time: `avg:pgbouncer.stats.avg_query_time{${env}} by {service}` },
      },
      {
        title: 'Blocks found in the buffer cache (%)',
        queries: { hit: `sum:postgresql.buffer_hit{${env}}`, read: `sum:postgresql.disk_read{${env}}` },
        formulas: { 'cache hit ratio': 'hit / (hit + read) * 100' },
      },
      {
        title: 'Clients that wait for a connection, by pod',
        queries: { waiting: `sum:pgbouncer.pools.cl_waiting{${env}} by {pod_name}` },
        thresholds: alerts.poolWaiting,
      },
      {
        title: 'Redis memory (% of maxmemory)',
        queries: { used: `max:redis.mem.used{${env}}`, most: `max:redis.mem.maxmemory{${env}}` },
        formulas: { memory: 'used / most * 100' },
        thresholds: alerts.redisMemory,
      },
      {
        title: 'Keys found in Redis (%)',
        queries: {
          hits: `sum:redis.stats.keyspace_hits{${env}}`,
          misses: `sum:redis.stats.keyspace_misses{${env}}`,
        },
        formulas: { 'cache hit ratio': 'hits / (hits + misses) * 100' },
      },
      ...(site.database.instance
        ? [
            {
              title: 'Statements (seconds a call)',
              queries: {
                seconds: `sum:postgresql.statements.seconds{${env}} by {statement}.as_count()`,
                calls: `sum:postgresql.statements.calls{${env}} by {statement}.as_count()`,
              },
              formulas: { 'seconds a call': 'seconds / calls' },
            },
            {
              title: 'RDS: CPU (%) and burst credits',
              queries: {
                cpu: `avg:aws.rds.cpuutilization{dbinstanceidentifier:${site.database.instance}}`,
                credits: `avg:aws.rds.cpucredit_balance{dbinstanceidentifier:${site.database.instance}}`,
              },
            },
            {
              title: 'RDS: free storage (bytes)',
              queries: { free: `avg:aws.rds.free_storage_space{dbinstanceidentifier:${site.database.instance}}` },
            },
          ]
        : []),
    ],
  });
  dashboard(scope, {
    name: 'infrastructure',
    title: 'E-Ren: infrastructure',
    description: 'Nodes, and what the pods take of them.',
    graphs: [
      {
        title: 'CPU (cores), by pod',
        queries: { cpu: `sum:kubernetes.cpu.usage.total{${pods}} by {pod_name}` },
        formulas: { cpu: 'cpu / 1000000000' },
      },
      {
        title: 'Memory (bytes), by pod',
        queries: { memory: `sum:kubernetes.memory.usage{${pods}} by {pod_name}` },
      },
      {
        title: 'Container restarts, by pod',
        queries: { restarts: `sum:kubernetes.containers.restarts{${pods}} by {pod_name}` },
        formulas: { restarts: 'monotonic_diff(restarts)' },
        display: 'bars',
      },
      {
        title: `Ready nodes, by group (${openGroups(cluster)
          .map(([name, { max }]) => `${name}: at most ${max}`)
          .join(', ')})`,
        queries: { ready: 'sum:kubernetes_state.node.by_condition{condition:ready,status:true} by {workload}' },
        display: 'area',
      },
      {
        title: 'Nodes under pressure, by condition',
        queries: {
          pressure: 'sum:kubernetes_state.node.by_condition{!condition:ready,status:true} by {condition}',
        },
        display: 'bars',
      },
      { title: 'CPU of nodes (% idle)', queries: { idle: 'avg:system.cpu.idle{*} by {host}' } },
      { title: 'Memory of nodes (share usable)', queries: { usable: 'avg:system.mem.pct_usable{*} by {host}' } },
      {
        title: 'Pods that fit on no node',
        queries: { pods: 'sum:kubernetes_state.pod.unschedulable{*} by {kube_namespace}' },
        display: 'bars',
      },
      {
        title: `Hosts that Datadog counts, of ${alerts.freeTier.datadogHosts}`,
        queries: { hosts: 'max:datadog.estimated_usage.hosts{*}' },
      },
    ],
  });
  dashboard(scope, {
    name: 'delivery',
    title: 'E-Ren: CI/CD',
    description: 'Builds, agents and deploys.',
    graphs: [
      {
        title: 'Build time (seconds), by job',
        queries: { duration: 'avg:jenkins.job.duration{*} by {job}' },
        display: 'bars',
      },
      {
        title: 'Builds that succeed (%), per day',
        queries: {
          succeeded: 'sum:jenkins.job.completed{result:success}.as_count().rollup(sum, 86400)',
          all: 'sum:jenkins.job.completed{*}.as_count().rollup(sum, 86400)',
        },
        formulas: { 'success rate': 'default_zero(succeeded) / all * 100' },
        display: 'bars',
      },
      {
        title: 'Agent start time (seconds): from scheduled to ready',
        // Not the controller's, which would be the same number for weeks.
        queries: {
          tests: 'avg:kubernetes_state.pod.time_to_ready{kube_namespace:ci-cd,!pod_name:jenkins-0}',
          images: 'avg:kubernetes_state.pod.time_to_ready{kube_namespace:ci-build}',
        },
      },
      {
        title: 'Builds waiting for an agent (seconds)',
        queries: { waiting: 'avg:jenkins.job.waiting{*} by {job}' },
      },
      {
        title: 'Deploys and aborted canaries per day',
        queries: {
          deployed: { events: `deployment:deployed application:${environment.name}-web`, by: 'day' },
          aborted: { events: `deployment:aborted application:${environment.name}-web`, by: 'day' },
        },
        display: 'bars',
      },
    ],
  });
}
