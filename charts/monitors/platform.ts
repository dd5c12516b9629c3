import type { Construct } from 'constructs';
import { agentNames } from '../datadog/container';
import { freeTierAlert, pageDays } from '../environments/alert-rules';
import { buildGroupName, openGroups } from '../environments/node-groups';
import { seconds } from '../environments/units';
import type { Site } from '../settings';
import { checkMonitor, monitor } from './monitor';

/** One every 15 s. Longer than a run may last: while one does, the next cannot start, and is late as well. */
const lateResults = 99;

/** Nodes and pods, certificates and secrets, and the limits of what is free. */
export function platformMonitors(scope: Construct, site: Site, environments: readonly string[]): void {
  const { cluster, environment } = site;
  const { alerts, nodeGroups, datadog } = cluster;
  const open = openGroups(cluster).map(([name]) => name);
  const scheduled = `kube_namespace IN (${['backup', ...environments].join(',')})`;
  const daemonSet = `kube_namespace:${datadog.namespace},kube_daemon_set:${agentNames.agent}`;

  monitor(scope, site, {
    name: 'pod-restarts',
    title: 'Pods restart again and again',
    meaning:
      'The containers of one pod restarted {{value}} times within an hour; the first commands of the page say of which.',
    pages: true,
    // The metric is the count since the pod began: what is added is counted, in pods younger than the hour too.
    query:
      'sum(last_1h):monotonic_diff(sum:kubernetes.containers.restarts' +
      `{kube_namespace:${environment.namespace}} by {pod_name})`,
    thresholds: alerts.restarts,
    // A bad setting restarts all pods at once: one page, not one for each.
    options: { notify_by: ['*'] },
  });
  for (const [group, { min, max, workload }] of Object.entries(nodeGroups)) {
    const app = open.includes(group);
    // A group that cannot grow is always full.
    if (min === max) continue;
    monitor(scope, site, {
      name: app && open.length === 1 ? 'node-group-full' : `node-group-full-${group}`,
      title: `No more nodes for ${app && open.length === 1 ? 'the app' : group}`,
      page: group === buildGroupName(cluster) ? 'node-group-full-jenkins' : 'node-group-full',
      meaning: `{{value}} of at most ${max} nodes of the group ${group} have long been in use; what fits on none stays pending.`,
      pages: app,
      // A canary at its largest needs all of the app's, but for minutes; builds may need all of Jenkins' for as long as one lasts.
      query:
        `min(last_${app ? '30m' : '2h'}):sum:kubernetes_state.node.by_condition` +
        `{condition:ready,status:true,workload:${workload}}`,
      thresholds: { ...(app && max > min + 1 && { warning: max - 2 }), critical: max - 1 },
    });
  }
  monitor(scope, site, {
    name: 'agent-missing',
    title: 'Nodes without a Datadog agent',
    meaning:
      '{{value}} nodes send nothing. No data: the Cluster Agent is silent, and with it most of these monitors.',
    pages: true,
    query:
      `min(last_15m):sum:kubernetes_state.daemonset.desired{${daemonSet}} - ` +
      `sum:kubernetes_state.daemonset.ready{${daemonSet}}`,
    thresholds: { warning: 0, critical: 1 },
    noDataAfter: 30,
  });
  checkMonitor(scope, site, {
    name: 'agent-silent',
    title: 'The agent of {{host.name}} sends nothing',
    meaning: 'Its pod may be ready all the same. A node that the autoscaler removed ends like this too.',
    // Therefore nobody is woken; silence of all of them pages as agent-missing.
    pages: false,
    check: 'datadog.agent.up',
    by: ['host'],
    inARow: 5,
    noDataAfter: 10,
  });
  monitor(scope, site, {
    name: 'failed-job',
    title: 'Job {{kube_job.name}} failed',
    meaning: 'In {{kube_namespace.name}} a Job has failed, and is not tried again. Told until the Job is deleted.',
    pages: false,
    query: `max(last_15m):max:kubernetes_state.job.completion.failed{${scheduled}} by {kube_namespace,kube_job}`,
    thresholds: { critical: 0 },
  });
  checkMonitor(scope, site, {
    name: 'missed-schedule',
    title: 'CronJob {{kube_cronjob.name}} does not start',
    meaning:
      'In {{kube_namespace.name}} it is past its time, and Kubernetes has made no Job: not since the last one, or never.',
    pages: false,
    // Critical while the first time after the last start lies in the past; of one that never started, after its creation.
    check: 'kubernetes_state.cronjob.on_schedule_check',
    by: ['kube_namespace', 'kube_cronjob'],
    inARow: lateResults,
  });
  monitor(scope, site, {
    name: 'late-job',
    title: 'CronJob {{kube_cronjob.name}} has not succeeded for too long',
    meaning:
      'In {{kube_namespace.name}} the last success was {{value}} seconds ago. Before the first there is no data.',
    pages: false,
    // The console is suspended, and people start it.
    query:
      `min(last_15m):max:kubernetes_state.cronjob.duration_since_last_successful{${scheduled} ` +
      'AND NOT kube_cronjob:eren-console} by {kube_namespace,kube_cronjob}',
    thresholds: { critical: seconds(alerts.lateJob) },
  });
  monitor(scope, site, {
    name: 'certificate-expiry',
    title: 'A certificate ends',
    meaning: 'ACM has not renewed a certificate that ends in {{value}} days. When it ends, nobody gets in.',
    pages: true,
    query: 'min(last_1d):min:aws.certificatemanager.days_to_expiry{*} by {certificatearn}',
    is: '<',
    thresholds: alerts.certificateDays,
    // CloudWatch says it once a day.
    noDataAfter: 2880,
  });
  monitor(scope, site, {
    name: 'secret-sync',
    title: 'A secret is not read from Secrets Manager',
    meaning:
      'External Secrets cannot update {{kube_name.name}} in {{kube_namespace.name}}; the old value stays in use.',
    pages: false,
    type: 'event-v2 alert',
    // It tries again at least every 17 minutes, so the window never empties while it fails.
    query:
      'events("source:kubernetes kube_kind:externalsecret UpdateFailed").rollup("count")' +
      '.by("kube_namespace,kube_name").last("30m")',
    thresholds: { critical: 0 },
  });
  monitor(scope, site, {
    name: 'load-balancer-refused',
    title: 'The load balancer takes no changes',
    meaning:
      'Its controller refuses the whole group, or AWS refuses its calls. Requests go on as before; a canary does not, and is aborted at its deadline.',
    pages: true,
    type: 'event-v2 alert',
    // It tries again at least every 17 minutes, so the window never empties while it fails.
    query:
      `events("source:kubernetes kube_kind:ingress kube_namespace:${environment.namespace} ` +
      '(FailedBuildModel OR FailedDeployModel)").rollup("count").last("30m")',
    thresholds: { critical: 0 },
  });
  monitor(scope, site, {
    name: 'datadog-hosts',
    title: 'Datadog hosts run out',
    meaning: `Datadog has seen {{value}} hosts within an hour; ${alerts.freeTier.datadogHosts} are free.`,
    pages: false,
    query: 'max(last_1h):max:datadog.estimated_usage.hosts{*}',
    thresholds: freeTierAlert(alerts, alerts.freeTier.datadogHosts),
  });
  monitor(scope, site, {
    name: 'sms-budget',
    title: 'Pages use up the free SMS',
    meaning: `{{value}} pages in two days: at this pace the ${alerts.freeTier.sms} free SMS do not last the month.`,
    pages: false,
    type: 'event-v2 alert',
    // Datadog's own events, because PagerDuty tells nobody how many SMS are left.
    query:
      'events("source:alert pages:true @monitor.transition.transition_type:(alert OR \\"no data\\" OR renotify)")' +
      `.rollup("count").last("${24 * pageDays}h")`,
    thresholds: freeTierAlert(alerts, alerts.freeTier.sms, pageDays),
  });
}
