import type { Environment } from '../../../charts/environments/environment';
import { mostSidekiqPods, mostWebPods } from '../../../charts/environments/rules';
import type { Kinds } from '../../model/kinds';
import type { Objects } from '../../model/objects';
import { annotatedFiles, templateOf } from '../../model/pods';
import type { Manifest } from '../../model/tree';
import { about, type VerifyFinding } from '../finding';

function fileOf({ name }: Environment): string {
  return `charts/environments/${name}.ts`;
}

/** The connection limit and the pools that are really set, against those that the budget was made with. */
export function* connectionsInUse(environment: Environment, running: Objects): Generator<VerifyFinding> {
  const { pgbouncer, connections, web } = environment;
  const file = fileOf(environment);
  const pods = running.ofKind('Pod');
  for (const { object: pod } of pods) {
    const set = maxConnectionsOf(pod);
    if (set !== undefined && set !== connections.max)
      yield about('fits', pod)(
        'max-connections',
        `PostgreSQL runs with max_connections=${set}, the budget was made for ${connections.max}`,
        {
          file,
          path: 'connections.max',
          fix: 'let Argo CD sync it; a setting that is changed by hand is gone with the next pod',
        },
      );
  }
  const pools = pods.flatMap((pod) => poolOf(pod) ?? []);
  const expected = { web: pgbouncer.webPool, sidekiq: pgbouncer.sidekiqPool };
  for (const { pod, component, pool } of pools) {
    if ((component !== 'web' && component !== 'sidekiq') || pool === expected[component]) continue;
    yield about('fits', pod)(
      'pool',
      `its PgBouncer may hold ${pool} connections, the budget has ${expected[component]}`,
      {
        file,
        path: `pgbouncer.${component}Pool`,
        fix: 'a pod of the previous version goes when its rollout ends; otherwise look at the annotations that it mounts',
      },
    );
  }
  const largest = (component: string, otherwise: number) =>
    Math.max(otherwise, ...pools.filter((each) => each.component === component).map(({ pool }) => pool));
  const scaled = running.ofKind('HorizontalPodAutoscaler').map(({ object }) => object.spec?.maxReplicas ?? 0);
  const most = Math.max(web.autoscaling.max, ...scaled);
  const webPods = (mostWebPods(environment) / web.autoscaling.max) * most;
  const held =
    webPods * largest('web', pgbouncer.webPool) +
    mostSidekiqPods(environment) * largest('sidekiq', pgbouncer.sidekiqPool) +
    connections.migration +
    connections.datadog +
    connections.console;
  const limit = Math.min(connections.max, ...pods.flatMap(({ object }) => maxConnectionsOf(object) ?? []));
  const usable = limit - connections.reserved;
  if (held > usable)
    yield {
      question: 'fits',
      level: 'mismatch',
      file,
      what: 'connections',
      path: 'connections',
      message: `what runs could hold ${held} connections at the worst moment (${webPods} web pods, HPA maximum ${most}), ${usable} are usable`,
      fix: 'set pools and autoscaler back to what git says, before a canary at the maximum finds no connection',
    };
}

/** What cannot be asked of Kubernetes. */
export function notAskable({ name, inCluster, connections }: Environment): string[] {
  if (inCluster) return [];
  return [
    `max_connections of RDS: aws rds describe-db-parameters --db-parameter-group-name <group of terraform-bridge> --query "Parameters[?ParameterName=='max_connections']" shows it; ${name}'s budget was made for ${connections.max}`,
  ];
}

/** The limit of the process that runs, not of the next one, which a StatefulSet describes. */
function maxConnectionsOf({ spec }: Kinds['Pod']): number | undefined {
  for (const { args = [] } of spec?.containers ?? [])
    for (const argument of args) {
      const [, set] = /^max_connections=(\d+)$/.exec(argument) ?? [];
      if (set) return Number(set);
    }
  return undefined;
}

function poolOf(manifest: Manifest<'Pod'>) {
  const { status, metadata } = manifest.object;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined;
  const ini = templateOf(manifest as Manifest)
    .flatMap(annotatedFiles)
    .find(({ key }) => key === 'pgbouncer.ini');
  const [, pool] = /^max_db_connections = (\d+)$/m.exec(ini?.text ?? '') ?? [];
  const component = metadata.labels?.['app.kubernetes.io/component'];
  return pool ? { pod: manifest.object, component, pool: Number(pool) } : undefined;
}
