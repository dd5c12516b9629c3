import { createHash } from 'node:crypto';
import type { V1Affinity, V1Node, V1NodeSelectorRequirement, V1Pod } from '@kubernetes/client-node';
import { admits } from '../../../review/scheduling/cluster';
import type { Fit } from '../../../review/scheduling/judge';
import type { NodeKind } from '../../../review/scheduling/nodes';
import { randomOf, shuffle } from '../../../review/scheduling/random';
import type { PodSet } from '../../../review/scheduling/workloads';

const zoneKey = 'topology.kubernetes.io/zone';
const hostKey = 'kubernetes.io/hostname';

/** A pod of a round; `manifest` writes it for the API server. */
export interface Pod {
  /** One; of DaemonSets all of a node, in one pod, which the scheduler counts alike and the API server ends sooner. */
  readonly sets: readonly PodSet[];
  readonly round: number;
  readonly seed: number;
  /** Already there. */
  readonly node?: string;
}

/** Nodes and pods of a round: pods of DaemonSets first, which are there already, then the others in an order by chance. */
export function asking(sets: readonly PodSet[], fit: Fit, round: number, seed: number) {
  const ours = nodesOf(fit, sets, round);
  const there = ours.map(({ node, kind }) => ({
    sets: daemonsOf(kind, sets),
    round,
    seed,
    node: node.metadata?.name,
  }));
  const others = sets.flatMap((set) =>
    set.daemon ? [] : Array.from({ length: fit.moment.pods(set) }, () => ({ sets: [set], round, seed })),
  );
  const pods: Pod[] = [...there, ...shuffle(others, randomOf(1000 * seed + round))];
  return { nodes: ours.map(({ node }) => node), pods };
}

/** Changes with each node and pod of the moment, and how many there are: a verdict on another question is none on this. */
export function questionOf(sets: readonly PodSet[], fit: Fit, seed: number): string {
  // Rounds differ in order and zones only, and those follow from the seed.
  const { nodes, pods } = asking(sets, fit, 0, seed);
  const manifests = pods.map((pod) => manifest('pod', pod, fit));
  return createHash('sha256')
    .update(JSON.stringify([nodes, manifests]))
    .digest('hex')
    .slice(0, 12);
}

function daemonsOf(kind: NodeKind, sets: readonly PodSet[]): PodSet[] {
  return sets.filter((set) => set.daemon && admits(kind, set));
}

function nodesOf({ kinds, nodes }: Fit, sets: readonly PodSet[], round: number) {
  return kinds.flatMap((kind) =>
    Array.from({ length: nodes[kind.group] ?? 0 }, (_, i) => {
      const name = `${kind.group}-${round}-${i}`;
      const room = {
        cpu: `${kind.cpu}m`,
        memory: `${kind.memory}Mi`,
        pods: String(kind.pods - daemonsOf(kind, sets).length + 1),
      };
      const node: V1Node = {
        metadata: {
          name,
          labels: {
            ...kind.labels,
            [hostKey]: name,
            [zoneKey]: kind.zones[i % kind.zones.length] ?? '',
            round: String(round),
          },
        },
        spec: { taints: kind.taints.map((taint) => ({ ...taint })) },
        status: { allocatable: room, capacity: room, conditions: [{ type: 'Ready', status: 'True' }] },
      };
      return { node, kind };
    }),
  );
}

/** The pod as the API server is asked for it. */
export function manifest(name: string, { sets, round, seed, node }: Pod, { kinds }: Fit): V1Pod {
  const set = sets[0] as PodSet;
  const labels = { set: set.name.replace(/[^a-z0-9-]/g, '.'), round: String(round) };
  const zones = kinds.find((kind) => admits(kind, set))?.zones ?? [];
  const zone = { key: zoneKey, operator: 'In', values: [zones[(seed + round) % zones.length] ?? ''] };
  return {
    metadata: { name, labels },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      priorityClassName: priorityClass(set),
      nodeSelector: { ...set.spec.nodeSelector, round: String(round) },
      tolerations: [...(set.spec.tolerations ?? [])],
      affinity: affinityOf(set, labels, zone),
      topologySpreadConstraints: set.spread
        ? [zoneKey, hostKey].map((topologyKey) => ({
            topologyKey,
            maxSkew: 1,
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: labels },
          }))
        : undefined,
      containers: sets.map(({ cpu, memory }, i) => ({
        name: `container-${i}`,
        image: 'none',
        resources: {
          requests: { ...(cpu > 0 && { cpu: `${cpu}m` }), ...(memory > 0 && { memory: `${memory}Mi` }) },
        },
      })),
    },
  };
}

function affinityOf(
  { spec, zonal, apart }: PodSet,
  labels: Readonly<Record<string, string>>,
  zone: V1NodeSelectorRequirement,
): V1Affinity | undefined {
  const terms = spec.nodeAffinity?.nodeSelectorTerms ?? [{ matchExpressions: [] }];
  const affinity: V1Affinity = {};
  if (zonal || spec.nodeAffinity)
    affinity.nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((term: any) => ({
          matchExpressions: [...(term.matchExpressions ?? []), ...(zonal ? [zone] : [])],
        })),
      },
    };
  if (apart)
    affinity.podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: hostKey, labelSelector: { matchLabels: { ...labels } } },
      ],
    };
  return zonal || spec.nodeAffinity || apart ? affinity : undefined;
}

/** Name of the PriorityClass that has the set's priority, and lets its pods drive others away or not. */
export function priorityClass({ priority, preempts }: PodSet): string {
  if (priority >= 2_000_001_000) return 'system-node-critical';
  if (priority >= 2_000_000_000) return 'system-cluster-critical';
  return `p${String(priority).replace('-', 'minus-')}${preempts ? '' : '-never'}`;
}
