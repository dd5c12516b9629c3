import type { Cluster } from '../../../charts/environments/environment';
import type { NodeGroup } from '../../../charts/environments/node-groups';
import { mebibytes } from '../../../charts/environments/units';
import type { KubernetesObject } from '../../model/tree';
import { allocatable } from '../../scheduling/nodes';
import { type Finding, subjectOf } from '../finding';
import { conditionOf } from '../healthy/condition';

const groupLabel = 'eks.amazonaws.com/nodegroup';

/** Nodes that are not those of the settings, which the placement of the pods was proven with. */
export function* nodes(all: readonly KubernetesObject[], { nodeGroups }: Cluster): Generator<Finding> {
  const file = 'charts/environments/cluster.ts';
  const about = { question: 'fits', level: 'mismatch', file } as const;
  const groups = Object.entries(nodeGroups);
  const groupOf = ({ metadata }: KubernetesObject) =>
    // Terraform puts the moment of its making behind the group's name.
    groups.find(([name]) => new RegExp(`^${name}-[0-9a-f]{26}$`).test(metadata.labels?.[groupLabel] ?? ''));

  for (const [name, group] of groups) {
    const members = all.filter((node) => groupOf(node)?.[0] === name);
    if (members.length < group.min || members.length > group.max)
      yield {
        ...about,
        what: 'node-count',
        path: `nodeGroups.${name}`,
        message: `has ${members.length} nodes, the settings say ${group.min} to ${group.max}`,
        fix: 'look at the node group and the cluster autoscaler, or change the setting and apply Terraform',
      };
  }
  for (const node of all) {
    const found = groupOf(node);
    const object = subjectOf(node);
    if (!found) {
      const label = node.metadata.labels?.[groupLabel];
      const message = `is of ${label ? `node group ${label}` : 'no node group'}, which the settings do not know`;
      yield {
        ...about,
        what: 'node-group',
        object,
        path: 'nodeGroups',
        message,
        fix: 'add the group to the settings, or remove the node',
      };
      continue;
    }
    const [name, group] = found;
    for (const [field, message] of differencesOf(node, group))
      yield {
        ...about,
        what: 'node',
        object,
        path: `nodeGroups.${name}${field && `.${field}`}`,
        message,
        fix: 'apply Terraform, or change the setting and look whether all pods still fit',
      };
    const ready = conditionOf(node, 'Ready');
    if (ready?.status !== 'True')
      yield {
        ...about,
        what: 'node-not-ready',
        object,
        message: `is not ready: ${ready?.message ?? 'no status'}`,
        fix: `kubectl describe node ${object.name}`,
      };
  }
}

/** Field of the group, and what is different. */
function* differencesOf(
  { metadata, spec, status }: KubernetesObject,
  group: NodeGroup,
): Generator<[string, string]> {
  const { labels = {} } = metadata;
  const type = labels['node.kubernetes.io/instance-type'];
  if (type !== group.instanceType) yield ['instanceType', `is a ${type}, the settings say ${group.instanceType}`];
  const capacity = labels['eks.amazonaws.com/capacityType'];
  const expected = group.spot ? 'SPOT' : 'ON_DEMAND';
  if (capacity !== expected) yield ['spot', `its capacity is ${capacity}, the settings say ${expected}`];
  if (labels.workload !== group.workload)
    yield ['workload', `its label workload is ${labels.workload ?? 'absent'}, the settings say ${group.workload}`];
  const tainted = (spec?.taints ?? []).some(({ key }: any) => key === 'workload');
  if (tainted !== group.tainted)
    yield [
      'tainted',
      `is ${tainted ? '' : 'not '}tainted, the settings say ${group.tainted ? 'it is' : 'it is not'}`,
    ];
  const offered = status?.allocatable ?? {};
  const least = allocatable(group.instanceType, group.maxPods);
  if (Number(offered.pods) !== group.maxPods)
    yield ['maxPods', `may run ${offered.pods} pods, the settings say ${group.maxPods}`];
  const [cpu, memory] = [millicores(offered.cpu), kibibytes(offered.memory) / 1024];
  if (cpu < least.cpu) yield ['instanceType', `has ${cpu}m CPU for pods, ${least.cpu}m was reckoned with`];
  if (memory < least.memory)
    yield ['instanceType', `has ${Math.floor(memory)}Mi memory for pods, ${least.memory}Mi was reckoned with`];
}

function millicores(quantity = '0'): number {
  return quantity.endsWith('m') ? Number.parseFloat(quantity) : Number(quantity) * 1000;
}

/** A kubelet writes Ki; Mi and Gi are as the settings have them, and nothing is a number of bytes. */
function kibibytes(quantity = '0'): number {
  if (quantity.endsWith('Ki')) return Number.parseFloat(quantity);
  return /[MG]i$/.test(quantity) ? mebibytes(quantity as '1Mi') * 1024 : Number(quantity) / 1024;
}
