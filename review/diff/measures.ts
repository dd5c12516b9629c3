import { nodeCounts } from '../../charts/environments/node-groups';
import { type ClusterFacts, systemFacts } from '../../charts/facts';
import { connectionsAt, databases } from '../connections/databases';
import { totalsOf } from '../cost/bill';
import { linesOf } from '../cost/lines';
import { canonical } from '../model/canonical';
import { worldOf } from '../scheduling/cluster';
import { momentsOf } from '../scheduling/moments';
import { nodeKinds } from '../scheduling/nodes';
import { type Nodes, simulate } from '../scheduling/simulate';
import { type PodSet, setsOf } from '../scheduling/workloads';
import { type Measure, requests } from './deltas';

/** What a change costs of what is shared, by the same reckoning as `check` and `cost`. */
export const measures: readonly Measure[] = [requests, connections, nodes, dollars];

/** Database connections, from rest to the abort of a canary at its maximum. */
function connections(facts: Parameters<Measure>[0]): ReturnType<Measure> {
  return databases(facts).map((database) => ({
    environment: database.of.environment,
    what: 'Database connections',
    unit: '',
    min: connectionsAt(database, 'rest'),
    max: Math.max(...(['maximum', 'release', 'abort'] as const).map((moment) => connectionsAt(database, moment))),
    of: database.usable,
  }));
}

/** Lives in which the cluster grows node by node, as the autoscaler lets it. */
const seeds = [1, 3, 5];

/** Nodes that hold all pods, at rest and at the worst moment with every node there; `check` proves what this estimates. */
function nodes(facts: Parameters<Measure>[0]): ReturnType<Measure> {
  const { cluster } = systemFacts(facts.settings);
  const sets = setsOf(facts);
  const [least, most] = [nodeCounts(cluster, 'min'), nodeCounts(cluster, 'max')];
  const all = Object.values(most).reduce((sum, count) => sum + count, 0);
  const needed = neededBy(sets, cluster, least, most);
  return [
    {
      environment: 'cluster',
      what: 'Nodes',
      unit: '',
      min: Math.min(...needed),
      max: Math.max(...needed),
      of: all,
    },
  ];
}

const known = new Map<string, readonly number[]>();

/** At each moment; what both states ask for is played once. */
function neededBy(sets: PodSet[], cluster: ClusterFacts, least: Nodes, most: Nodes): readonly number[] {
  const key = canonical([sets, least, most]);
  const before = known.get(key);
  if (before) return before;
  const world = worldOf(nodeKinds(cluster), sets);
  const needed = momentsOf(sets)
    .filter(({ nodeLost }) => !nodeLost)
    .map((moment) => {
      const asked = sets.reduce((sum, set) => sum + (set.daemon ? 0 : moment.pods(set)), 0);
      const held = world.kinds.reduce((sum, { group, pods }) => sum + pods * (most[group] ?? 0), 0);
      // Above what all kubelets take, the exact number of nodes adds nothing.
      if (asked > held)
        return Math.ceil(asked / held) * Object.values(most).reduce((sum, count) => sum + count, 0);
      return Math.max(
        ...seeds.map((seed) => {
          const { model, pending } = simulate(world, moment, { least, most }, seed);
          return model.nodes.length + pending.length;
        }),
      );
    });
  known.set(key, needed);
  return needed;
}

/** A month, from nothing but rest to every node group at its most. */
function dollars(facts: Parameters<Measure>[0]): ReturnType<Measure> {
  const { rest, expected, most } = totalsOf(linesOf(facts));
  const of = systemFacts(facts.settings).cluster.budget.monthly;
  const [min, likely, max] = [rest, expected, most].map(Math.round) as [number, number, number];
  return [{ environment: 'cluster', what: 'Cost', unit: '$', min, expected: likely, max, of }];
}
