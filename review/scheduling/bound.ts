import { admits } from './cluster';
import type { NodeKind } from './nodes';
import type { PodSet } from './workloads';

/** Pods of a set at a moment. */
type Count = (set: PodSet) => number;

/** What of a node the other pods must take before a pod has no place on it, in each of the three ways. */
interface Barrier {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

/** Pods of one set that may be in the way. */
interface Others {
  readonly cpu: number;
  readonly memory: number;
  readonly count: number;
}

/**
 * Whether so many nodes can be without room for one more pod of the set, however the others lie on them: in whatever
 * order they came, whatever the scheduler preferred. If not, the pod has a place for certain. A node is without room when
 * others have so much of its CPU, or of its memory, or are so many, that the pod goes beyond; and there is only so much of
 * the others. Pods of lower priority do not count, if the pod may drive them away.
 *
 * Assumed: the pods of DaemonSets are on their node before all others.
 */
export function blockable(
  nodes: number,
  wanted: PodSet,
  kinds: readonly NodeKind[],
  sets: readonly PodSet[],
  pods: Count,
): boolean {
  const eligible = kinds.filter((kind) => admits(kind, wanted));
  // Where kinds of nodes differ, the smallest counts, in each way.
  const barriers = eligible.map((kind) => barrierOf(kind, wanted, sets));
  const barrier = {
    cpu: Math.min(...barriers.map(({ cpu }) => cpu)),
    memory: Math.min(...barriers.map(({ memory }) => memory)),
    pods: Math.min(...barriers.map(({ pods }) => pods)),
  };
  // A pod that an empty node does not hold is blocked everywhere.
  if (barriers.length === 0 || barrier.cpu <= 0 || barrier.memory <= 0 || barrier.pods <= 0) return true;
  const others: Others[] = [];
  for (const set of sets) {
    if (set.daemon || (wanted.preempts && set.priority < wanted.priority)) continue;
    const count = pods(set) - (set === wanted ? 1 : 0);
    if (count > 0 && eligible.some((kind) => admits(kind, set)))
      // One pod is on one node: what it has beyond filling that is of no use on another.
      others.push({
        cpu: Math.min(set.cpu, barrier.cpu),
        memory: Math.min(set.memory, barrier.memory),
        count,
      });
  }
  const apart = wanted.apart ? pods(wanted) - 1 : 0;
  return nodes <= apart || coverable(nodes - apart, others, barrier);
}

/** The least nodes that leave a place in every order; infinite when no number does. */
export function nodesNeeded(
  wanted: PodSet,
  kinds: readonly NodeKind[],
  sets: readonly PodSet[],
  pods: Count,
): number {
  const most = sets.reduce((sum, set) => sum + (set.daemon ? 0 : pods(set)), 0);
  for (let nodes = 1; nodes <= most; nodes++) if (!blockable(nodes, wanted, kinds, sets, pods)) return nodes;
  return Number.POSITIVE_INFINITY;
}

function barrierOf(kind: NodeKind, wanted: PodSet, sets: readonly PodSet[]): Barrier {
  const daemons = sets.filter((set) => set.daemon && admits(kind, set));
  const left = (all: number, read: (set: PodSet) => number) =>
    daemons.reduce((sum, set) => sum - read(set), all - read(wanted));
  // Requests are whole millicores and mostly whole MiB: one more is too much.
  return {
    cpu: left(kind.cpu, ({ cpu }) => cpu) + 1,
    memory: left(kind.memory, ({ memory }) => memory) + 0.001,
    pods: left(kind.pods, () => 1) + 1,
  };
}

/** Whether `nodes` nodes can be without room at once, some by CPU, some by memory and some by number. */
function coverable(nodes: number, others: readonly Others[], barrier: Barrier): boolean {
  const all = others.reduce((sum, { count }) => sum + count, 0);
  const worth = others
    .map(({ cpu, memory, count }) => ({ each: Math.max(cpu / barrier.cpu, memory / barrier.memory), count }))
    .sort((a, b) => a.each - b.each);
  for (let byNumber = 0; byNumber <= nodes && byNumber * barrier.pods <= all; byNumber++) {
    // The small ones are best spent on the nodes that are full by number.
    let spent = byNumber * barrier.pods;
    let rest = 0;
    for (const { each, count } of worth) {
      const spend = Math.min(spent, count);
      spent -= spend;
      rest += (count - spend) * each;
    }
    if (rest < nodes - byNumber - 1e-9) continue;
    if (byNumber > 0 || shared(nodes, others, barrier)) return true;
  }
  return false;
}

/** Splits the pods, and where needed a pod, between the nodes that are full by CPU and those that are by memory. */
function shared(nodes: number, others: readonly Others[], { cpu, memory }: Barrier): boolean {
  // What has much CPU for its memory goes first to the nodes that are to be full by CPU.
  const sorted = [...others].sort((a, b) => b.cpu * (a.memory || 1e-6) - a.cpu * (b.memory || 1e-6));
  const all = sorted.reduce((sum, set) => sum + set.memory * set.count, 0);
  for (let byCpu = 0; byCpu <= nodes; byCpu++) {
    let missing = byCpu * cpu;
    let left = all;
    for (const set of sorted) {
      if (missing <= 0 || set.cpu === 0) break;
      const part = Math.min(set.count, missing / set.cpu);
      missing -= part * set.cpu;
      left -= part * set.memory;
    }
    if (missing <= 1e-9 && left >= (nodes - byCpu) * memory - 1e-6) return true;
  }
  return false;
}
