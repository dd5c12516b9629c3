import { type LabelSelector, selects } from '../model/selection';
import type { NodeKind } from './nodes';
import type { PodSet } from './workloads';

type Toleration = NonNullable<PodSet['spec']['tolerations']>[number];
type Term = NonNullable<LabelSelector['matchExpressions']>[number];

/** @returns whether the scheduler may put a pod of the set on such a node, in this zone */
export function admits(node: NodeKind, { spec }: PodSet): boolean {
  const tolerated = node.taints
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .every((taint) => (spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)));
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => node.labels[key] === value);
  const terms = spec.nodeAffinity?.nodeSelectorTerms;
  return (
    tolerated &&
    selected &&
    (!terms || terms.some(({ matchExpressions = [] }) => matchExpressions.every(holds(node))))
  );
}

function tolerates(toleration: Toleration, { key, value, effect }: NodeKind['taints'][number]): boolean {
  return (
    (!toleration.effect || toleration.effect === effect) &&
    (!toleration.key || toleration.key === key) &&
    (toleration.operator === 'Exists' || (toleration.value ?? '') === value)
  );
}

function holds({ labels }: NodeKind) {
  return (term: Term): boolean =>
    /^(NotIn|In|Exists|DoesNotExist)$/.test(term.operator ?? '') && selects({ matchExpressions: [term] }, labels);
}

/** Nodes and pods, and which of them go together. */
export interface World {
  readonly kinds: readonly NodeKind[];
  readonly sets: readonly PodSet[];
  /** By kind and set. */
  readonly admitted: readonly (readonly boolean[])[];
  /** By kind, the DaemonSets. */
  readonly daemons: readonly (readonly number[])[];
}

export function worldOf(kinds: readonly NodeKind[], sets: readonly PodSet[]): World {
  const admitted = kinds.map((kind) => sets.map((set) => admits(kind, set)));
  const daemons = admitted.map((of) => sets.flatMap((set, i) => (set.daemon && of[i] ? [i] : [])));
  return { kinds, sets, admitted, daemons };
}

/** A pod that waits counts as this much for the scores, when it asks for nothing. */
const leastCpu = 100;
const leastMemory = 200;

export interface Node {
  readonly kind: NodeKind;
  /** The index of its kind, among all. */
  readonly index: number;
  readonly zone: string;
  readonly zoneIndex: number;
  cpu: number;
  memory: number;
  pods: number;
  /** As the scores count them. */
  scoredCpu: number;
  scoredMemory: number;
  /** Which sets may be on it, by their index. */
  readonly eligible: readonly boolean[];
  /** Pods on it, by the index of their set. */
  readonly counts: Int32Array;
  /** Those of which it has any: of hundreds a handful. */
  readonly present: Set<number>;
}

/**
 * Nodes with pods, and a scheduler that chooses as that of Kubernetes 1.35 does with its default settings: of the nodes
 * with room the one with the highest score, by chance among equals; pods of lower priority give way.
 */
export class ClusterModel {
  readonly nodes: Node[] = [];
  /** Zones of all nodes, in the order in which they came. */
  private readonly zones: string[] = [];
  /** By kind of node and zone, for each set. */
  private readonly eligible = new Map<string, readonly boolean[]>();

  /** @param zoneOf where the volume of a set is, for those that have one */
  constructor(
    readonly world: World,
    private readonly random: () => number,
    private readonly zoneOf: (set: number) => number,
  ) {}

  /** A new node, on which the pods of the DaemonSets come first. */
  add(kind: number): void {
    const { kinds, sets, daemons } = this.world;
    const nodeKind = kinds[kind] as NodeKind;
    const before = this.nodes.filter((node) => node.kind === nodeKind).length;
    const zone = nodeKind.zones[before % nodeKind.zones.length] ?? '';
    const eligible = this.eligibleOn(kind, zone);
    if (!this.zones.includes(zone)) this.zones.push(zone);
    const counts = new Int32Array(sets.length);
    const node: Node = {
      kind: nodeKind,
      index: kind,
      zone,
      zoneIndex: this.zones.indexOf(zone),
      eligible,
      counts,
      present: new Set(),
      cpu: 0,
      memory: 0,
      pods: 0,
      scoredCpu: 0,
      scoredMemory: 0,
    };
    this.nodes.push(node);
    for (const daemon of daemons[kind] ?? []) this.put(node, daemon, 1);
  }

  /** Takes a node away. @returns the pods that were on it, but for those of the DaemonSets */
  lose(index: number): number[] {
    const [node] = this.nodes.splice(index, 1);
    return [...(node?.counts ?? [])].flatMap((count, set) =>
      this.world.sets[set]?.daemon ? [] : Array.from({ length: count }, () => set),
    );
  }

  /** @returns whether the pod has a node, and the pods that had to leave it */
  place(set: number): { placed: boolean; evicted: number[] } {
    const found = this.best(set);
    if (found) {
      this.put(found, set, 1);
      return { placed: true, evicted: [] };
    }
    return this.preempt(set);
  }

  private put(node: Node, set: number, sign: 1 | -1): void {
    const { cpu, memory } = this.world.sets[set] as PodSet;
    node.cpu += sign * cpu;
    node.memory += sign * memory;
    node.pods += sign;
    node.scoredCpu += sign * (cpu || leastCpu);
    node.scoredMemory += sign * (memory || leastMemory);
    node.counts[set] = (node.counts[set] ?? 0) + sign;
    if (node.counts[set] === 0) node.present.delete(set);
    else node.present.add(set);
  }

  private eligibleOn(kind: number, zone: string): readonly boolean[] {
    const key = `${kind} ${zone}`;
    const known = this.eligible.get(key);
    if (known) return known;
    const { kinds, sets, admitted } = this.world;
    const { zones } = kinds[kind] as NodeKind;
    const made = sets.map(
      ({ zonal }, i) => admitted[kind]?.[i] === true && (!zonal || zone === zones[this.zoneOf(i) % zones.length]),
    );
    this.eligible.set(key, made);
    return made;
  }

  private fits(node: Node, { cpu, memory, apart }: PodSet, set: number): boolean {
    return (
      node.cpu + cpu <= node.kind.cpu &&
      node.memory + memory <= node.kind.memory &&
      node.pods < node.kind.pods &&
      !(apart && node.counts[set])
    );
  }

  private best(set: number): Node | undefined {
    const wanted = this.world.sets[set] as PodSet;
    const nodes: Node[] = [];
    for (const node of this.nodes) if (node.eligible[set] && this.fits(node, wanted, set)) nodes.push(node);
    if (nodes.length < 2) return nodes[0];
    const spread = wanted.spread ? this.spreadScores(nodes, set) : undefined;
    let best: Node | undefined;
    let most = -1;
    let equals = 0;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      const score = resourceScores(node, wanted) + 2 * (spread?.[i] ?? 0);
      if (score > most) {
        best = node;
        most = score;
        equals = 1;
      } else if (score === most && this.random() * ++equals < 1) best = node;
    }
    return best;
  }

  /** PodTopologySpread with `ScheduleAnyway`, over nodes and zones, each with a skew of 1. */
  private spreadScores(nodes: readonly Node[], set: number): number[] {
    const { admitted } = this.world;
    // In zones with a node for the pod, all nodes count that it could be on.
    const inZone = this.zones.map(() => -1);
    for (const node of nodes) inZone[node.zoneIndex] = 0;
    for (const node of this.nodes)
      if ((inZone[node.zoneIndex] as number) >= 0 && admitted[node.index]?.[set])
        (inZone[node.zoneIndex] as number) += node.counts[set] as number;
    let zones = 0;
    for (const count of inZone) if (count >= 0) zones++;
    const byNode = Math.log(nodes.length + 2);
    const byZone = Math.log(zones + 2);
    const scores: number[] = [];
    let least = Number.MAX_SAFE_INTEGER;
    let most = 0;
    for (const node of nodes) {
      const score = Math.round(
        (node.counts[set] as number) * byNode + (inZone[node.zoneIndex] as number) * byZone,
      );
      scores.push(score);
      if (score < least) least = score;
      if (score > most) most = score;
    }
    for (let i = 0; i < scores.length; i++)
      scores[i] = most === 0 ? 100 : Math.trunc((100 * (most + least - (scores[i] as number))) / most);
    return scores;
  }

  private preempt(set: number): { placed: boolean; evicted: number[] } {
    const wanted = this.world.sets[set] as PodSet;
    if (!wanted.preempts) return { placed: false, evicted: [] };
    let chosen: { node: Node; victims: number[]; worst: number } | undefined;
    for (const node of this.nodes) {
      if (!node.eligible[set]) continue;
      const victims = this.victimsOn(node, wanted, set);
      if (!victims) continue;
      const worst = Math.max(...victims.map((victim) => (this.world.sets[victim] as PodSet).priority));
      if (!chosen || worst < chosen.worst || (worst === chosen.worst && victims.length < chosen.victims.length))
        chosen = { node, victims, worst };
    }
    if (!chosen) return { placed: false, evicted: [] };
    for (const victim of chosen.victims) this.put(chosen.node, victim, -1);
    this.put(chosen.node, set, 1);
    return { placed: true, evicted: chosen.victims };
  }

  /** All of lower priority would go; those that need not stay, the important ones first. */
  private victimsOn(node: Node, wanted: PodSet, set: number): number[] | undefined {
    const { sets } = this.world;
    const lower: number[] = [];
    for (const each of node.present)
      if ((sets[each] as PodSet).priority < wanted.priority)
        for (let n = node.counts[each] as number; n > 0; n--) lower.push(each);
    if (lower.length === 0) return undefined;
    lower.sort((a, b) => (sets[b] as PodSet).priority - (sets[a] as PodSet).priority || a - b);
    for (const victim of lower) this.put(node, victim, -1);
    const possible = this.fits(node, wanted, set);
    const victims: number[] = [];
    if (possible) {
      this.put(node, set, 1);
      for (const each of lower) {
        this.put(node, each, 1);
        if (node.cpu > node.kind.cpu || node.memory > node.kind.memory || node.pods > node.kind.pods) {
          this.put(node, each, -1);
          victims.push(each);
        }
      }
      this.put(node, set, -1);
      for (const each of victims) this.put(node, each, 1);
    } else for (const victim of lower) this.put(node, victim, 1);
    return possible ? victims : undefined;
  }
}

/** NodeResourcesFit (least allocated) and NodeResourcesBalancedAllocation, each up to 100. */
function resourceScores({ kind, cpu, memory, scoredCpu, scoredMemory }: Node, pod: PodSet): number {
  const free = (used: number, all: number) => (used > all ? 0 : Math.trunc(((all - used) * 100) / all));
  const least = Math.trunc(
    (free(scoredCpu + (pod.cpu || leastCpu), kind.cpu) +
      free(scoredMemory + (pod.memory || leastMemory), kind.memory)) /
      2,
  );
  const apart = Math.abs(
    Math.min(1, (cpu + pod.cpu) / kind.cpu) - Math.min(1, (memory + pod.memory) / kind.memory),
  );
  return least + Math.trunc((1 - apart / 2) * 100);
}
