import type { Environment } from '../../../charts/environments/environment';
import { mostSidekiqPods, mostWebPods } from '../../../charts/environments/rules';
import { annotatedFiles } from '../../model/pods';
import type { KubernetesObject } from '../../model/tree';
import { type Finding, subjectOf } from '../finding';

const file = (environment: Environment) => `charts/environments/${environment.name}.ts`;

/** What is running, as far as it decides how many connections there can be. */
export interface Running {
  readonly pods: readonly KubernetesObject[];
  readonly autoscalers: readonly KubernetesObject[];
}

/** The connection limit and the pools that are really set, against those that the budget was made with. */
export function* connections(environment: Environment, running: Running): Generator<Finding> {
  const { pgbouncer, connections, web } = environment;
  const about = { question: 'fits', level: 'mismatch', file: file(environment) } as const;
  for (const pod of running.pods) {
    const set = maxConnectionsOf(pod);
    if (set !== undefined && set !== connections.max)
      yield {
        ...about,
        what: 'max-connections',
        object: subjectOf(pod),
        path: 'connections.max',
        message: `PostgreSQL runs with max_connections=${set}, the budget is of ${connections.max}`,
        fix: 'let Argo CD sync it; a setting that is changed by hand is gone with the next pod',
      };
  }
  const pools = running.pods.flatMap((pod) => poolOf(pod) ?? []);
  const expected = { web: pgbouncer.webPool, sidekiq: pgbouncer.sidekiqPool };
  for (const { pod, component, pool } of pools) {
    if (component !== 'web' && component !== 'sidekiq') continue;
    if (pool === expected[component]) continue;
    yield {
      ...about,
      what: 'pool',
      object: subjectOf(pod),
      path: `pgbouncer.${component}Pool`,
      message: `its PgBouncer may hold ${pool} connections, the budget has ${expected[component]}`,
      fix: 'a pod of the version before goes with its rollout; else look at the annotations it mounts',
    };
  }
  const largest = (component: string, otherwise: number) =>
    Math.max(otherwise, ...pools.filter((each) => each.component === component).map(({ pool }) => pool));
  const most = Math.max(web.autoscaling.max, ...running.autoscalers.map(({ spec }) => Number(spec.maxReplicas)));
  const webPods = (mostWebPods(environment) / web.autoscaling.max) * most;
  const held =
    webPods * largest('web', pgbouncer.webPool) +
    mostSidekiqPods(environment) * largest('sidekiq', pgbouncer.sidekiqPool) +
    connections.migration +
    connections.datadog +
    connections.console;
  const limit = Math.min(connections.max, ...running.pods.flatMap((pod) => maxConnectionsOf(pod) ?? []));
  const usable = limit - connections.reserved;
  if (held > usable)
    yield {
      ...about,
      what: 'connections',
      path: 'connections',
      message: `what runs could hold ${held} connections at the worst moment (${webPods} web pods, HPA maximum ${most}), ${usable} are usable`,
      fix: 'bring pools and autoscaler back to git, before a canary at the maximum finds no connection',
    };
}

/** What cannot be asked of Kubernetes. */
export function notAskable({ name, inCluster, connections }: Environment): string[] {
  if (inCluster) return [];
  return [
    `max_connections of RDS: aws rds describe-db-parameters --db-parameter-group-name <group of terraform-bridge> --query "Parameters[?ParameterName=='max_connections']" shows it; ${name}'s budget is of ${connections.max}`,
  ];
}

/** The limit of the process that runs, not of the next one, which a StatefulSet describes. */
function maxConnectionsOf({ spec }: KubernetesObject): number | undefined {
  for (const { args = [] } of spec?.containers ?? [])
    for (const argument of args) {
      const [, set] = /^max_connections=(\d+)$/.exec(argument) ?? [];
      if (set) return Number(set);
    }
  return undefined;
}

function poolOf(pod: KubernetesObject) {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  const { annotations = {}, labels = {} } = pod.metadata;
  const ini = annotatedFiles({ spec: pod.spec ?? {}, annotations }).find(({ key }) => key === 'pgbouncer.ini');
  const [, pool] = /^max_db_connections = (\d+)$/m.exec(ini?.text ?? '') ?? [];
  return pool ? { pod, component: labels['app.kubernetes.io/component'], pool: Number(pool) } : undefined;
}
