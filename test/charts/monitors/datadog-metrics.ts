interface Known {
  readonly type: 'gauge' | 'count' | 'distribution';
  readonly tags: readonly string[];
}

const gauge = (...tags: string[]): Known => ({ type: 'gauge', tags });
const count = (...tags: string[]): Known => ({ type: 'count', tags });
const distribution = (...tags: string[]): Known => ({ type: 'distribution', tags });

const span = ['env', 'service', 'version', 'resource_name'];
const state = ['kube_namespace', 'env', 'service', 'version'];
const pod = [...state, 'pod_name', 'kube_container_name'];
const job = ['job', 'branch', 'node', 'result', 'user_id', 'jenkins_url'];
const pool = ['env', 'service', 'version', 'pod_name', 'kube_namespace', 'db', 'user'];

/**
 * What arrives at Datadog, with its type and the tags that may be asked for, as each source documents it. A query of
 * anything else would never have data.
 */
export const metrics: Record<string, Known> = {
  // Trace metrics: docs.datadoghq.com/tracing/metrics/metrics_namespace
  'trace.rack.request': distribution(...span),
  'trace.rack.request.hits': count(...span),
  'trace.rack.request.hits.by_http_status': count(...span, 'http.status_class', 'http.status_code'),
  // DataDog/integrations-core: kubernetes (of the kubelet), with the agent's own tags of the pod
  'kubernetes.containers.restarts': gauge(...pod),
  'kubernetes.cpu.usage.total': gauge(...pod),
  'kubernetes.memory.usage': gauge(...pod),
  // kubernetes_state_core; `workload` is the node label that our configuration makes a tag
  'kubernetes_state.initcontainer.waiting': gauge(...pod),
  'kubernetes_state.pod.unschedulable': gauge(...state, 'pod_name'),
  'kubernetes_state.pod.time_to_ready': gauge(...state, 'pod_name', 'node'),
  'kubernetes_state.node.by_condition': gauge('condition', 'node', 'status', 'workload'),
  'kubernetes_state.job.completion.failed': gauge(...state, 'kube_job', 'kube_cronjob'),
  // Since agent 7.68, and only after a first success
  'kubernetes_state.cronjob.duration_since_last_successful': gauge(...state, 'kube_cronjob'),
  'kubernetes_state.daemonset.desired': gauge(...state, 'kube_daemon_set'),
  'kubernetes_state.daemonset.ready': gauge(...state, 'kube_daemon_set'),
  // argo_rollouts 3.4, of the controller's own metrics; since agent 7.53
  'argo_rollouts.rollout.phase': gauge('argo_rollouts_namespace', 'argo_rollouts_name', 'phase', 'strategy'),
  // postgres and redisdb, with the tag of the environment that our instances have
  // From our own query: charts/datadog/checks.ts
  'postgresql.statements.seconds': count('env', 'statement', 'queryid'),
  'postgresql.statements.calls': count('env', 'statement', 'queryid'),
  'postgresql.connections': gauge('env', 'db'),
  'postgresql.buffer_hit': gauge('env', 'db'),
  'postgresql.disk_read': gauge('env', 'db'),
  'redis.mem.used': gauge('env'),
  'redis.mem.maxmemory': gauge('env'),
  'redis.stats.keyspace_hits': gauge('env'),
  'redis.stats.keyspace_misses': gauge('env'),
  'pgbouncer.pools.cl_waiting': gauge(...pool),
  'pgbouncer.stats.avg_query_time': gauge(...pool),
  // system, of the agent on each node
  'system.cpu.idle': gauge('host'),
  'system.mem.pct_usable': gauge('host'),
  // The AWS integration: CloudWatch's metrics in snake case
  'aws.rds.cpuutilization': gauge('dbinstanceidentifier'),
  'aws.rds.cpucredit_balance': gauge('dbinstanceidentifier'),
  'aws.rds.free_storage_space': gauge('dbinstanceidentifier'),
  'aws.certificatemanager.days_to_expiry': gauge('certificatearn', 'name'),
  // jenkinsci/datadog-plugin, README; rates are counters
  'jenkins.job.duration': gauge(...job),
  'jenkins.job.waiting': gauge(...job),
  'jenkins.job.completed': count(...job),
  // docs.datadoghq.com/account_management/billing/usage_metrics
  'datadog.estimated_usage.hosts': gauge(),
  // The app, by DogStatsD: docs/rails-app/metrics.md
  'eren.sidekiq.queue.latency': gauge('env', 'service', 'version', 'queue'),
  'eren.sidekiq.queue.size': gauge('env', 'service', 'version', 'queue'),
  'eren.sidekiq.jobs.interrupted': count('env', 'service', 'version', 'queue'),
  'eren.sidekiq.jobs.dead': count('env', 'service', 'version', 'queue'),
  'eren.requests.refused': count('env', 'service', 'version', 'limit'),
  'eren.geocoding.requests': count('env', 'service', 'version'),
  'eren.events.registrations': count('env', 'service', 'version'),
  'eren.users.active': gauge('env', 'service', 'version'),
  'eren.e_score.updates': count('env', 'service', 'version'),
};

/** Service checks and the tags they may be grouped by. */
export const checks: Record<string, readonly string[]> = {
  'datadog.agent.up': ['host'],
  // kubernetes_state_core, of each CronJob that is not suspended
  'kubernetes_state.cronjob.on_schedule_check': [...state, 'kube_cronjob'],
  'jenkins.job.status': ['job', 'node', 'user_id', 'jenkins_url', 'branch'],
};
