import { nodeCounts } from '../../charts/environments/node-groups';
import type { ClusterFacts } from '../../charts/facts';
import { blockable, nodesNeeded } from './bound';
import { type World, worldOf } from './cluster';
import { type Moment, momentsOf } from './moments';
import { type NodeKind, nodeKinds } from './nodes';
import { type Nodes, type Run, simulate } from './simulate';
import type { PodSet } from './workloads';

/** Lives of the cluster that are played for each moment: twelve in hostile orders, the others in any. */
const lives = 14;
/** Where nothing but the lives decides. */
const decisive = 60;

/** Whether the nodes hold a moment. */
export interface Fit {
  readonly moment: Moment;
  readonly kinds: readonly NodeKind[];
  readonly nodes: Nodes;
  readonly fits: boolean;
  /** Sets of which a pod was left without a node in a life, and must not be. */
  readonly pending: readonly PodSet[];
  /** Sets of which a pod was left without a node in a life, and may wait. */
  readonly waiting: readonly PodSet[];
  /** Sets that had a node in every life, but for which an order exists, or cannot be excluded, in which they have none. */
  readonly uncertain: readonly { readonly set: PodSet; readonly needed: number; readonly there: number }[];
  /** Orders that were tried where no bound holds for some pod; 0 where every order is proven. */
  readonly played: number;
  /** Sets for which the tried orders decide. */
  readonly byPlay: readonly string[];
  /** One of the lives. */
  readonly example: Run;
}

/**
 * Whether every pod gets a node at every moment: for certain, whatever the order and the scheduler's preferences, by the
 * bound; and in all of the lives that are played. A volume's zone makes the bound useless for what gives way anyway
 * (staging's database), and the minutes before a lost node is replaced are the autoscaler's: there the lives decide.
 */
export function judge(sets: readonly PodSet[], cluster: ClusterFacts): Fit[] {
  const world = worldOf(nodeKinds(cluster), sets);
  return momentsOf(sets).map((moment) => judgeMoment(world, cluster, moment));
}

function judgeMoment(world: World, cluster: ClusterFacts, moment: Moment): Fit {
  const { kinds, sets, admitted } = world;
  const before = nodeCounts(cluster, moment.nodes);
  const nodes = Object.fromEntries(
    Object.entries(before).map(([group, count]) => [group, moment.nodeLost && count > 1 ? count - 1 : count]),
  );
  const mayWait = (set: PodSet) => moment.nodeLost && (set.priority <= 0 || cluster.lostNode === 'waits');

  // What is more than the kubelets take needs no second look.
  const asked = sets.reduce((sum, set) => sum + (set.daemon ? 0 : moment.pods(set)), 0);
  const taken = kinds.reduce((sum, { group, pods }) => sum + pods * (nodes[group] ?? 0), 0);
  const tried = moment.nodeLost && moment.nodes === 'min' ? decisive : lives;
  const runs = Array.from({ length: asked > taken ? 1 : tried }, (_, seed) =>
    simulate(world, moment, { least: nodeCounts(cluster, 'min'), most: before }, seed),
  );
  const left = [...new Set(runs.flatMap(({ pending }) => pending))]
    .sort((a, b) => a - b)
    .map((i) => sets[i] as PodSet);
  const pending = left.filter((set) => !mayWait(set));

  const isPlayed = (set: PodSet) => (set.zonal && set.priority < 0) || (moment.nodeLost && moment.nodes === 'min');
  const uncertain = sets.flatMap((set, i) => {
    if (set.daemon || moment.pods(set) === 0 || mayWait(set) || isPlayed(set) || pending.includes(set)) return [];
    const there = kinds.reduce((sum, { group, zones }, kind) => {
      const count = Math.floor((nodes[group] ?? 0) / (set.zonal ? zones.length : 1));
      return sum + (admitted[kind]?.[i] ? count : 0);
    }, 0);
    if (!blockable(there, set, kinds, sets, moment.pods)) return [];
    return [{ set, needed: nodesNeeded(set, kinds, sets, moment.pods), there }];
  });
  const byPlay = sets.flatMap((set) => (!set.daemon && moment.pods(set) > 0 && isPlayed(set) ? [set.name] : []));
  return {
    moment,
    kinds,
    nodes,
    fits: pending.length === 0 && uncertain.length === 0,
    pending,
    waiting: left.filter(mayWait),
    uncertain,
    played: byPlay.length > 0 ? runs.length : 0,
    byPlay,
    example: runs.at(-1) as Run,
  };
}
