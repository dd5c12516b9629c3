import { groupNamed, type NodeGroup } from '../../charts/environments/node-groups';
import type { ClusterFacts } from '../../charts/facts';
import { admits } from './cluster';
import { type Fit, judge } from './judge';
import { type Moment, momentsOf } from './moments';
import { nextSize, nodeKinds } from './nodes';
import type { PodSet } from './workloads';

/**
 * The smallest change of the node groups after which everything fits: one more node, else the next instance size, else as
 * many more nodes as it takes.
 *
 * @returns the change, in words
 */
export function remedy(sets: readonly PodSet[], cluster: ClusterFacts, misfits: readonly Fit[]): string {
  const groups = [...new Set(misfits.flatMap(lacking))];
  if (groups.length === 0)
    return 'no node group takes such a pod; look at its nodeSelector, tolerations and requests';
  const rest = misfits.some(({ moment }) => moment.nodes === 'min');
  const busy = misfits.some(({ moment }) => moment.nodes === 'max');
  const more = (nodes: number): ClusterFacts =>
    changed(cluster, groups, (group) => {
      const min = group.min + (rest ? nodes : 0);
      return { min, max: Math.max(min, group.max + (busy ? nodes : 0)) };
    });
  const larger = groups.every((group) => nextSize(groupNamed(cluster, group).instanceType))
    ? changed(cluster, groups, ({ instanceType }) => ({ instanceType: nextSize(instanceType) ?? instanceType }))
    : undefined;
  for (const next of [more(1), ...(larger ? [larger] : []), ...[2, 3, 4, 5, 6].map(more)])
    if (enough(sets, next) && judge(sets, next).every(({ fits }) => fits)) return describe(cluster, next, groups);
  return `neither six more nodes${larger ? ' nor the next instance size' : ''} makes everything fit; lower requests or maxima`;
}

/**
 * Whether the nodes have as much as is asked of all of them together: if not, no order of the pods needs to be tried.
 *
 * @param nodes of the moments that are there with so many nodes only
 */
export function enough(sets: readonly PodSet[], cluster: ClusterFacts, nodes?: Moment['nodes']): boolean {
  const kinds = nodeKinds(cluster);
  return momentsOf(sets)
    .filter((moment) => !moment.nodeLost && moment.nodes === (nodes ?? moment.nodes))
    .every((moment) =>
      (['cpu', 'memory'] as const).every((resource) => {
        const has = kinds.reduce(
          (sum, kind) => sum + kind[resource] * groupNamed(cluster, kind.group)[moment.nodes],
          0,
        );
        const asked = sets.reduce((sum, set) => sum + (set.daemon ? 0 : moment.pods(set) * set[resource]), 0);
        return asked <= has;
      }),
    );
}

/** Groups that take a pod which has no place. */
function lacking({ kinds, pending, uncertain }: Fit): string[] {
  return [...pending, ...uncertain.map(({ set }) => set)].flatMap((set) =>
    kinds.filter((kind) => admits(kind, set)).map(({ group }) => group),
  );
}

function changed(
  cluster: ClusterFacts,
  groups: readonly string[],
  change: (group: NodeGroup) => Partial<NodeGroup>,
): ClusterFacts {
  const nodeGroups = { ...cluster.nodeGroups };
  for (const group of groups) {
    const before = groupNamed(cluster, group);
    nodeGroups[group] = { ...before, ...change(before) };
  }
  return { ...cluster, nodeGroups };
}

function describe(before: ClusterFacts, after: ClusterFacts, groups: readonly string[]): string {
  const changes = groups.flatMap((group) =>
    (['instanceType', 'min', 'max'] as const).flatMap((field) => {
      const [old, now] = [groupNamed(before, group)[field], groupNamed(after, group)[field]];
      return old === now ? [] : [`nodeGroups.${group}.${field} ${old} → ${now}`];
    }),
  );
  return `it fits with ${changes.join(', ')}`;
}
