import { type SystemFacts, systemFacts } from '../../../charts/facts';
import type { Manifest } from '../../model/tree';
import { rule } from '../../rule-of';

export const alertThreshold = rule('alert-threshold', function* ({ tree, settings }) {
  for (const manifest of tree.ofKind('DatadogGenericResource'))
    for (const message of problems(monitorOf(manifest), systemFacts(settings)))
      yield { manifest, path: ['spec', 'jsonSpec'], message };
});

interface Monitor {
  readonly query: string;
  readonly thresholds: Readonly<Record<string, unknown>>;
}

function monitorOf({ object: { spec } }: Manifest<'DatadogGenericResource'>): Monitor | undefined {
  if (spec?.type !== 'monitor' || !spec.jsonSpec) return undefined;
  try {
    const { query = '', options } = JSON.parse(spec.jsonSpec);
    return { query, thresholds: options?.thresholds ?? {} };
  } catch {
    return undefined;
  }
}

function* problems(monitor: Monitor | undefined, facts: SystemFacts): Generator<string> {
  if (!monitor) return;
  const { query, thresholds } = monitor;
  const critical = numberOf(thresholds.critical);
  const warning = numberOf(thresholds.warning);
  const last = /\.last\((\d+)\)\.count_by_status\(\)\s*$/.exec(query)?.[1];
  if (last !== undefined) {
    for (const [name, value] of Object.entries(thresholds))
      if (Number(value) > Number(last))
        yield `${name} ${value} is never reached: it looks at the last ${last} only`;
    return;
  }
  const [, operator = '', said] = /(<=?|>=?)\s*(-?[\d.]+)\s*$/.exec(query) ?? [];
  if (said === undefined || critical === undefined) return;
  if (Number(said) !== critical) yield `the query says ${operator} ${said}, thresholds.critical ${critical}`;
  const above = operator.startsWith('>');
  if (warning !== undefined && (above ? warning >= critical : warning <= critical))
    yield `warning ${warning} does not come before critical ${critical}`;
  const bound = above ? boundOf(query, facts) : undefined;
  if (bound && critical >= bound.most)
    yield `${critical} is never exceeded: ${bound.of} ${Number.isInteger(bound.most) ? bound.most : bound.most.toFixed(1)}`;
}

function numberOf(value: unknown): number | undefined {
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value);
}

/** The most that a metric can be, where manifests and settings say it. */
function boundOf(
  query: string,
  { cluster, environments, databases }: SystemFacts,
): { most: number; of: string } | undefined {
  const environment = environments.find(({ name }) => new RegExp(`\\benv:${name}\\b`).test(query));
  const metrics = [...query.matchAll(/(?:^|[:(\s])(?:avg|max|min|sum|p\d+):([\w.]+)\{/g)].map(
    ([, name]) => name as string,
  );
  const [metric = '', divisor] = metrics;
  if (metrics.length === 1 && /(postgresql\.connections|rds\.database_connections)$/.test(metric)) {
    const named = databases.find((each) => (environment ? each.environment === environment.name : each.rds));
    if (named) return { most: named.max - named.reserved, of: 'connections that can be used are' };
  }
  if (metrics.length === 1 && metric === 'pgbouncer.pools.cl_waiting' && environment?.waiting !== undefined)
    return { most: environment.waiting, of: 'clients of a pod that can wait are' };
  const group = /workload:([\w-]+)/.exec(query)?.[1];
  if (metrics.length === 1 && metric === 'kubernetes_state.node.by_condition' && group) {
    const nodes = Object.values(cluster.nodeGroups).find(({ workload }) => workload === group);
    if (nodes) return { most: nodes.max, of: `nodes of group ${group} are at most` };
  }
  // A part of a whole, in percent.
  const isShare =
    divisor && (metric.startsWith(`${divisor}.`) || /(max\w{0,80}|limits?|capacity|total)$/.test(divisor));
  if (metrics.length === 2 && isShare && /\*\s*100\s*>/.test(query))
    return { most: 100, of: 'percent of a whole are at most' };
  return undefined;
}
