import { instanceTypes, kubeletMemory } from '../../charts/environments/infrastructure';
import { taintOf } from '../../charts/environments/node-groups';
import { mebibytes } from '../../charts/environments/units';
import type { ClusterFacts } from '../../charts/facts';

export type InstanceType = keyof typeof instanceTypes;

/** What a node of a group has for pods, before those of the DaemonSets. */
export interface NodeKind {
  readonly group: string;
  /** Millicores and MiB. */
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
  readonly zones: readonly string[];
}

/** The next larger type of the family; undefined for the largest that is known. */
export function nextSize(instanceType: InstanceType): InstanceType | undefined {
  const { memory } = instanceTypes[instanceType];
  return (Object.keys(instanceTypes) as InstanceType[])
    .filter((type) => type.split('.')[0] === instanceType.split('.')[0])
    .filter((type) => mebibytes(instanceTypes[type].memory) > mebibytes(memory))
    .sort((a, b) => mebibytes(instanceTypes[a].memory) - mebibytes(instanceTypes[b].memory))[0];
}

/**
 * What Kubernetes may give to pods of an instance, by the rules of EKS' node image (awslabs/amazon-eks-ami, nodeadm,
 * `internal/kubelet/config.go`): 6 % of the first core, 1 % of the second, 0.5 % of the next two and 0.25 % of all
 * others are reserved, of memory 255 MiB and 11 MiB for each pod, and 100 MiB below which pods are evicted.
 */
export function allocatable(instanceType: InstanceType, maxPods: number) {
  const { vcpu, memory } = instanceTypes[instanceType];
  const reserved = Array.from({ length: vcpu }, (_, core) => [60, 10, 5, 5][core] ?? 2.5);
  // An instance shows the kubelet about 6 % less than it is sold with: a t3.medium 3.76 of 4 GiB. Larger ones lose
  // less; Karpenter reckons with 7.5 % for every type (its setting vm-memory-overhead-percent).
  const visible = mebibytes(memory) * 0.94;
  return {
    cpu: Math.floor(reserved.reduce((left, each) => left - each, vcpu * 1000)),
    memory: Math.floor(visible - kubeletMemory(maxPods) - 100),
    pods: maxPods,
  };
}

/** One kind of node for each group. */
export function nodeKinds({ nodeGroups, network }: ClusterFacts): NodeKind[] {
  return Object.entries(nodeGroups).map(([group, settings]) => ({
    group,
    ...allocatable(settings.instanceType, settings.maxPods),
    labels: {
      workload: settings.workload,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': instanceTypes[settings.instanceType].architecture,
      'node.kubernetes.io/instance-type': settings.instanceType,
      'eks.amazonaws.com/capacityType': settings.spot ? 'SPOT' : 'ON_DEMAND',
    },
    taints: [taintOf(settings)].filter((taint) => taint !== undefined),
    zones: settings.singleZone ? network.zones.slice(0, 1) : network.zones,
  }));
}
