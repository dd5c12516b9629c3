import { ClusterModel, type World } from './cluster';
import type { Moment } from './moments';
import { randomOf, shuffle } from './random';
import type { PodSet } from './workloads';

/** Nodes by group. */
export type Nodes = Readonly<Record<string, number>>;

/** One way in which the pods of a moment came, and where they are then. */
export interface Run {
  readonly model: ClusterModel;
  /** Indices of sets whose pods have no node. */
  readonly pending: readonly number[];
}

/**
 * Plays one life of the cluster. Even seeds start from nothing, with all nodes there; odd ones grow: the pods at rest come
 * on the least nodes, then the others, and a node is added for one that has no place. Pods come in any order, and in the
 * first few lives in the worst ones: small before large, by priority and against it.
 */
export function simulate(
  world: World,
  moment: Moment,
  { least, most }: { least: Nodes; most: Nodes },
  seed: number,
): Run {
  const { kinds, sets } = world;
  const random = randomOf(seed);
  const model = new ClusterModel(world, random, (set) => seed + set);
  const count = (nodes: Nodes, group: string) => nodes[group] ?? 0;
  const grows = seed % 2 === 1;
  for (const [i, { group }] of kinds.entries())
    for (let n = 0; n < count(grows ? least : most, group); n++) model.add(i);

  const all = sets.map((set) => (set.daemon ? 0 : moment.pods(set)));
  const first = sets.map((set, i) => (grows ? Math.min(set.replicas.rest, all[i] ?? 0) : 0));
  const later = all.map((count, i) => count - (first[i] ?? 0));
  const pending = [...come(order(first, sets, seed, random)), ...come(order(later, sets, seed, random))];
  if (!moment.nodeLost) return { model, pending };

  const lost: number[] = [];
  for (const { group } of kinds) {
    const nodes = model.nodes.flatMap((node, i) => (node.kind.group === group ? [i] : []));
    if (nodes.length > 1) lost.push(...model.lose(nodes[Math.floor(random() * nodes.length)] as number));
  }
  // The autoscaler still adds nodes, but the lost one is not replaced yet.
  return { model, pending: come([...shuffle(lost, random), ...pending], 1) };

  function come(queue: number[], gone = 0): number[] {
    const left: number[] = [];
    // What gives way goes to the end of the queue, and can itself only drive away what is less important.
    for (let next = 0; next < queue.length; next++) {
      const set = queue[next] as number;
      let { placed, evicted } = model.place(set);
      while (!placed && added(set, gone)) ({ placed, evicted } = model.place(set));
      for (const each of evicted) queue.push(each);
      if (!placed) left.push(set);
    }
    return left;
  }

  function added(set: number, gone: number): boolean {
    const kind = kinds.findIndex(
      ({ group }, i) =>
        world.admitted[i]?.[set] &&
        model.nodes.filter((node) => node.kind.group === group).length < count(most, group) - gone,
    );
    if (kind < 0) return false;
    model.add(kind);
    return true;
  }
}

/** What is compared in the hostile orders: the smaller comes first. */
const hostile: readonly ((set: PodSet) => number)[] = [
  ({ memory, cpu }) => memory + cpu,
  ({ priority }) => -priority,
  ({ priority }) => priority,
  ({ memory, cpu }) => -memory - cpu,
  ({ cpu }) => cpu,
  ({ memory }) => memory,
];

function order(counts: readonly number[], sets: readonly PodSet[], seed: number, random: () => number): number[] {
  const key = hostile[Math.floor(seed / 2)];
  const present = counts.flatMap((count, set) => (count > 0 ? [set] : []));
  if (key) {
    const keys = sets.map(key);
    shuffle(present, random).sort((a, b) => (keys[a] as number) - (keys[b] as number));
  }
  const pods: number[] = [];
  for (const set of present) for (let n = counts[set] ?? 0; n > 0; n--) pods.push(set);
  return key ? pods : shuffle(pods, random);
}
