import type { Construct } from 'constructs';
import { seconds } from '../environments/units';
import type { Site } from '../settings';
import { checkMonitor, monitor } from './monitor';

/** Builds and deploys. Whoever started one is awake, and the version before serves: nobody is paged. */
export function deliveryMonitors(scope: Construct, site: Site): void {
  const { cluster, environment } = site;
  const { steps } = environment.web.canary;
  const pauses = steps.reduce((sum, { pause }) => sum + (pause ? seconds(pause) : 0), 0);

  checkMonitor(scope, site, {
    name: 'build-failures',
    title: 'Builds of {{job.name}} keep failing',
    meaning: `More than ${cluster.alerts.buildFailures} builds in a row failed.`,
    pages: false,
    check: 'jenkins.job.status',
    by: ['job'],
    inARow: cluster.alerts.buildFailures + 1,
  });
  monitor(scope, site, {
    name: 'canary-aborted',
    title: 'A canary was aborted',
    meaning:
      'The new version was judged bad, was seen by too few to be judged, or was not ready in time. The version before serves all requests.',
    pages: false,
    service: 'eren-web',
    application: '{{event.tags.application}}',
    type: 'event-v2 alert',
    // An event that Argo CD's notifications send.
    query: `events("deployment:aborted env:${environment.name}").rollup("count").last("15m")`,
    thresholds: { critical: 0 },
  });
  monitor(scope, site, {
    name: 'canary-paused',
    title: 'A canary is paused',
    meaning:
      'The Rollout of web has been paused for longer than its own pauses last: it waits for a person. Meanwhile nothing ' +
      'scales or judges it.',
    pages: false,
    service: 'eren-web',
    application: `${environment.name}-web`,
    // 1 while it is paused, and 0 in every other phase: `rollout_info`, which is to replace it, is not there then, and
    // nothing would tell a pause of a minute from one of an hour (Argo Rollouts 1.9.1, controller/metrics/rollouts.go).
    query:
      `min(last_${Math.ceil(pauses / 60) + 5}m):max:argo_rollouts.rollout.phase` +
      `{argo_rollouts_namespace:${environment.namespace},phase:paused}`,
    thresholds: { critical: 0 },
  });
  monitor(scope, site, {
    name: 'pending-migrations',
    title: 'New pods wait for a migration',
    meaning: 'Pods of {{service.name}} do not start, because the database lacks migrations of their image.',
    pages: false,
    application: `${environment.name}-migrations`,
    // Between two attempts its container waits; at a start that goes well only for seconds.
    query:
      'avg(last_5m):max:kubernetes_state.initcontainer.waiting' +
      `{kube_namespace:${environment.namespace},kube_container_name:pending-migrations} by {service}`,
    thresholds: { critical: 0.5 },
  });
}
