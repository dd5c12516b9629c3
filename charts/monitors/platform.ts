import type { Construct } from 'constructs';
import { names } from '../datadog/container';
import { freeTierAlert, pageDays } from '../environments/alerts';
import type { Site } from '../settings';
import { monitor } from './monitor';

/** Nodes and pods, certificates and secrets, and the limits of what is free. */
export function platform(scope: Construct, site: Site): void {
  const { cluster, environment } = site;
  const { alerts, nodeGroups, datadog } = cluster;
  const { max, workload } = nodeGroups.app;
  const daemonSet = `kube_namespace:${datadog.namespace},kube_daemon_set:${names.agent}`;

  monitor(scope, site, {
    name: 'pod-restarts',
    title: 'Pods restart again and again',
    meaning: 'The containers of one pod restarted {{value}} times within an hour.',
    pages: true,
    // The metric is the count since the pod began: what is added is counted, in pods younger than the hour too.
    query:
      'sum(last_1h):monotonic_diff(sum:kubernetes.containers.restarts' +
      `{kube_namespace:${environment.namespace}} by {pod_name})`,
    thresholds: alerts.restarts,
    // A bad setting restarts all pods at once: one page, not one for each.
    options: { notify_by: ['*'] },
  });
  monitor(scope, site, {
    name: 'node-group-full',
    title: 'No more nodes for the app',
    meaning: `{{value}} of at most ${max} application nodes have been in use for half an hour; what fits on none stays pending.`,
    pages: true,
    // A canary at its largest needs them all, but for minutes.
    query: `min(last_30m):sum:kubernetes_state.node.by_condition{condition:ready,status:true,workload:${workload}}`,
    thresholds: { warning: max - 2, critical: max - 1 },
  });
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
