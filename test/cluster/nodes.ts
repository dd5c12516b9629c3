import type { Cluster as Settings } from '../../charts/environments/environment';
import { mebibytes } from '../../charts/environments/units';
import type { KubernetesObject } from './api';

type NodeGroups = Settings['nodeGroups'];
/** How many nodes each group has. */
export type NodeCounts = Readonly<Record<keyof NodeGroups, number>>;

/** CPUs and MiB as they are sold. */
const instanceTypes: Readonly<Record<string, { readonly cpus: number; readonly memory: number }>> = {
  't3.medium': { cpus: 2, memory: 4096 },
  't3.large': { cpus: 2, memory: 8192 },
  't3.xlarge': { cpus: 4, memory: 16_384 },
};

/** The nodes that EKS would start for the settings, as it would report them; kwok plays their kubelets. */
export function nodesOf({ nodeGroups, network, region }: Settings, counts: NodeCounts): KubernetesObject[] {
  return Object.entries(nodeGroups).flatMap(([group, settings]) =>
    Array.from({ length: counts[group as keyof NodeGroups] }, (_, i) => {
      const zones = settings.singleZone ? network.zones.slice(0, 1) : network.zones;
      const zone = zones[i % zones.length];
      const name = `${group}-${i}`;
      const { capacity, allocatable } = sizeOf(group, settings);
      return {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name,
          annotations: { 'kwok.x-k8s.io/node': 'fake' },
          labels: {
            'kubernetes.io/hostname': name,
            'kubernetes.io/arch': 'amd64',
            'kubernetes.io/os': 'linux',
            'topology.kubernetes.io/region': region,
            'topology.kubernetes.io/zone': zone ?? '',
            'node.kubernetes.io/instance-type': settings.instanceType,
            'eks.amazonaws.com/nodegroup': group,
            'eks.amazonaws.com/capacityType': settings.spot ? 'SPOT' : 'ON_DEMAND',
            workload: settings.workload,
          },
        },
        spec: {
          providerID: `aws:///${zone}/i-${name}`,
          ...(settings.tainted && {
            taints: [{ key: 'workload', value: settings.workload, effect: 'NoSchedule' }],
          }),
        },
        status: { capacity, allocatable },
      };
    }),
  );
}

/** What EKS keeps of an instance: CPU by cores, memory by pods, and 100 MiB at which the kubelet evicts. */
function sizeOf(group: string, { instanceType, maxPods, disk }: NodeGroups[keyof NodeGroups]) {
  const instance = instanceTypes[instanceType];
  if (!instance)
    throw new Error(
      `charts/environments/cluster.ts: nodeGroups.${group}.instanceType: ${instanceType} is not in test/cluster/nodes.ts; add its size`,
    );
  const { cpus } = instance;
  // The kubelet sees about 6 % less: of a t3.medium 3.76 of 4 GiB.
  const memory = Math.floor(instance.memory * 0.94);
  const reserved =
    60 + 10 * Math.min(1, cpus - 1) + 5 * Math.max(0, Math.min(2, cpus - 2)) + 2.5 * Math.max(0, cpus - 4);
  const storage = mebibytes(disk);
  const all = (cpu: string, ram: number, ephemeral: number) => ({
    cpu,
    memory: `${ram}Mi`,
    'ephemeral-storage': `${ephemeral}Mi`,
    pods: String(maxPods),
  });
  return {
    capacity: all(String(cpus), memory, storage),
    allocatable: all(`${cpus * 1000 - reserved}m`, memory - (255 + 11 * maxPods) - 100, Math.floor(storage * 0.9)),
  };
}
