import type { Cluster as Settings } from '../../charts/environments/environment';
import { instanceTypes, kubeletMemory } from '../../charts/environments/infrastructure';
import { type NodeGroup, taintOf } from '../../charts/environments/node-groups';
import { mebibytes } from '../../charts/environments/units';
import { allocatable } from '../../review/scheduling/nodes';
import type { KubernetesObject } from './api';

/** How many nodes each group has; none of one that is not named. */
export type NodeCounts = Readonly<Record<string, number>>;

/** The nodes that EKS would start for the settings, as it would report them; kwok plays their kubelets. */
export function nodesOf({ nodeGroups, network, region }: Settings, counts: NodeCounts): KubernetesObject[] {
  return Object.entries(nodeGroups).flatMap(([group, settings]) =>
    Array.from({ length: counts[group] ?? 0 }, (_, i) => {
      const zones = settings.singleZone ? network.zones.slice(0, 1) : network.zones;
      const zone = zones[i % zones.length];
      const name = `${group}-${i}`;
      const { capacity, allocatable } = sizeOf(settings);
      const taint = taintOf(settings);
      return {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name,
          annotations: { 'kwok.x-k8s.io/node': 'fake' },
          labels: {
            'kubernetes.io/hostname': name,
            'kubernetes.io/arch': instanceTypes[settings.instanceType].architecture,
            'kubernetes.io/os': 'linux',
            'topology.kubernetes.io/region': region,
            'topology.kubernetes.io/zone': zone ?? '',
            'node.kubernetes.io/instance-type': settings.instanceType,
            // Terraform's provider appends the time in 26 digits.
            'eks.amazonaws.com/nodegroup': `${group}-${zone?.slice(-1)}-20261129190000000000000001`,
            'eks.amazonaws.com/capacityType': settings.spot ? 'SPOT' : 'ON_DEMAND',
            workload: settings.workload,
          },
        },
        spec: {
          providerID: `aws:///${zone}/i-${name}`,
          ...(taint && { taints: [taint] }),
        },
        status: { capacity, allocatable },
      };
    }),
  );
}

/** What EKS leaves of an instance for pods, by the same reckoning as the proof, and what the kubelet sees before that. */
function sizeOf({ instanceType, maxPods, disk }: NodeGroup) {
  const { cpu, memory } = allocatable(instanceType, maxPods);
  const storage = mebibytes(disk);
  const all = (cpu: string, ram: number, ephemeral: number) => ({
    cpu,
    memory: `${ram}Mi`,
    'ephemeral-storage': `${ephemeral}Mi`,
    pods: String(maxPods),
  });
  return {
    capacity: all(String(instanceTypes[instanceType].vcpu), memory + kubeletMemory(maxPods) + 100, storage),
    allocatable: all(`${cpu}m`, memory, Math.floor(storage * 0.9)),
  };
}
