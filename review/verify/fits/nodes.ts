import type { NodeGroup } from '../../../charts/environments/node-groups';
import type { SystemFacts } from '../../../charts/facts';
import type { Kinds } from '../../model/kinds';
import { quantityOf } from '../../model/quantity';
import { allocatable } from '../../scheduling/nodes';
import { about, type VerifyFinding } from '../finding';
import { conditionOf } from '../healthy/condition';

const groupLabel = 'eks.amazonaws.com/nodegroup';

/** Nodes that are not those of the settings, which the placement of the pods was proven with. */
export function* nodes(
  all: readonly Kinds['Node'][],
  { nodeGroups }: Pick<SystemFacts['cluster'], 'nodeGroups'>,
  file: string,
): Generator<VerifyFinding> {
  const groups = Object.entries(nodeGroups);
  const groupOf = ({ metadata }: Kinds['Node']) =>
    // Terraform puts the zone's letter and the moment of its making behind the group's name.
    groups.find(([name]) => new RegExp(`^${name}-[a-z]-[0-9a-f]{26}$`).test(metadata.labels?.[groupLabel] ?? ''));

  for (const [name, group] of groups) {
    const members = all.filter((node) => groupOf(node)?.[0] === name);
    if (members.length < group.min || members.length > group.max)
      yield {
        question: 'fits',
        level: 'mismatch',
        file,
        what: 'node-count',
        path: `nodeGroups.${name}`,
        message: `has ${members.length} nodes, the settings say ${group.min} to ${group.max}`,
        fix: 'look at the node group and the cluster autoscaler, or change the setting and apply Terraform',
      };
  }
  for (const node of all) {
    const found = groupOf(node);
    const say = about('fits', node, { file });
    if (!found) {
      const label = node.metadata.labels?.[groupLabel];
      yield say(
        'node-group',
        `is of ${label ? `node group ${label}` : 'no node group'}, which the settings do not know`,
        {
          path: 'nodeGroups',
          fix: 'add the group to the settings, or remove the node',
        },
      );
      continue;
    }
    const [name, group] = found;
    for (const [field, message] of differencesOf(node, group))
      yield say('node', message, {
        path: `nodeGroups.${name}${field && `.${field}`}`,
        fix: 'apply Terraform, or change the setting and look whether all pods still fit',
      });
    const ready = conditionOf(node, 'Ready');
    if (ready?.status !== 'True')
      yield say('node-not-ready', `is not ready: ${ready?.message ?? 'no status'}`, {
        fix: `kubectl describe node ${node.metadata.name}`,
      });
  }
}

/** Field of the group, and what is different. */
function* differencesOf({ metadata, spec, status }: Kinds['Node'], group: NodeGroup): Generator<[string, string]> {
  const { labels = {} } = metadata;
  const type = labels['node.kubernetes.io/instance-type'];
  if (type !== group.instanceType) yield ['instanceType', `is a ${type}, the settings say ${group.instanceType}`];
  const capacity = labels['eks.amazonaws.com/capacityType'];
  const expected = group.spot ? 'SPOT' : 'ON_DEMAND';
  if (capacity !== expected) yield ['spot', `its capacity is ${capacity}, the settings say ${expected}`];
  if (labels.workload !== group.workload)
    yield ['workload', `its label workload is ${labels.workload ?? 'absent'}, the settings say ${group.workload}`];
  const tainted = (spec?.taints ?? []).some(({ key }) => key === 'workload');
  if (tainted !== group.tainted)
    yield [
      'tainted',
      `is ${tainted ? '' : 'not '}tainted, the settings say ${group.tainted ? 'it is' : 'it is not'}`,
    ];
  const offered: Readonly<Record<string, string>> = status?.allocatable ?? {};
  const least = allocatable(group.instanceType, group.maxPods);
  if (Number(offered.pods) !== group.maxPods)
    yield ['maxPods', `may run ${offered.pods} pods, the settings say ${group.maxPods}`];
  const [cpu, memory] = [cpuOf(offered.cpu), mebibytesOf(offered.memory)];
  if (cpu < least.cpu) yield ['instanceType', `has ${cpu}m CPU for pods, the settings count on ${least.cpu}m`];
  if (memory < least.memory)
    yield ['instanceType', `has ${Math.floor(memory)}Mi memory for pods, the settings count on ${least.memory}Mi`];
}

/** Millicores. */
function cpuOf(quantity = '0'): number {
  return Math.round((quantityOf(quantity) ?? 0) * 1000);
}

function mebibytesOf(quantity = '0'): number {
  return (quantityOf(quantity) ?? 0) / 2 ** 20;
}
