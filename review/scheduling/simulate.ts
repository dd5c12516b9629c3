import { ClusterModel } from './cluster';
import type { Moment } from './moments';
import type { NodeKind } from './nodes';
import { randomOf, shuffle } from './random';
import type { PodSet } from './workloads';

/** Nodes by group. */
export type Nodes = Readonly<Record<string, number>>;

export interface World {
  readonly kinds: readonly NodeKind[];
  readonly sets: readonly PodSet[];
}

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
  { kinds, sets }: World,
  moment: Moment,
  { least, most }: { least: Nodes; most: Nodes },
  seed: number,
): Run {
  const random = randomOf(seed);
  const model = new ClusterModel(kinds, sets, random, (set) => seed + set);
  const count = (nodes: Nodes, group: string) => nodes[group] ?? 0;
  const grows = seed % 2 === 1;
  for (const [i, { group }] of kinds.entries())
    for (let n = 0; n < count(grows ? least : most, group); n++) model.add(i);

  const all = pods(sets, moment.pods);
  const first = grows ? pods(sets, (set) => Math.min(set.replicas.rest, moment.pods(set))) : [];
  const later = without(all, first);
  const pending = [...come(order(first, sets, seed, random)), ...come(order(later, sets, seed, random))];
  if (!moment.nodeLost) return { model, pending };

  const lost: number[] = [];
  for (const { group } of kinds) {
    const nodes = model.nodes.flatMap((node, i) => (node.kind.group === group ? [i] : []));
    if (nodes.length > 1) lost.push(...model.lose(nodes[Math.floor(random() * nodes.length)] as number));
  }
  // The autoscaler still adds nodes, but the lost one is not replaced yet.
  return { model, pending: come([...shuffle(lost, random), ...pending], 1) };

  function come(waiting: number[], gone = 0): number[] {
    const queue = [...waiting];
    const left: number[] = [];
    // What gives way goes to the end of the queue, and can itself only drive away what is less important.
    for (let set = queue.shift(); set !== undefined; set = queue.shift()) {
      let { placed, evicted } = model.place(set);
      while (!placed && added(set, gone)) ({ placed, evicted } = model.place(set));
      queue.push(...evicted);
      if (!placed) left.push(set);
    }
    return left;
  }

  function added(set: number, gone: number): boolean {
    const kind = kinds.findIndex(
      ({ group }, i) =>
        model.admits(i, set) &&
        model.nodes.filter((node) => node.kind.group === group).length < count(most, group) - gone,
    );
    if (kind < 0) return false;
    model.add(kind);
    return true;
  }
}

function pods(sets: readonly PodSet[], count: (set: PodSet) => number): number[] {
  return sets.flatMap((set, i) => (set.daemon ? [] : Array.from({ length: count(set) }, () => i)));
}

function without(all: readonly number[], some: readonly number[]): number[] {
  const left = [...some];
  return all.filter((set) => {
    const at = left.indexOf(set);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function order(waiting: number[], sets: readonly PodSet[], seed: number, random: () => number): number[] {
  const shuffled = shuffle([...waiting], random);
  const by = (key: (set: PodSet) => number) =>
    shuffled.sort((a, b) => key(sets[a] as PodSet) - key(sets[b] as PodSet));
  const size = ({ memory, cpu }: PodSet) => memory + cpu;
  const hostile: (() => number[])[] = [
    () => by(size),
    () => by((set) => -set.priority),
    () => by((set) => set.priority),
    () => by((set) => -size(set)),
    () => by(({ cpu }) => cpu),
    () => by(({ memory }) => memory),
  ];
  return hostile[Math.floor(seed / 2)]?.() ?? shuffled;
}
