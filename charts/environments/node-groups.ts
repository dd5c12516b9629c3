import * as v from 'valibot';
import { instanceTypes, named } from './infrastructure';
import type { SettingsProblem } from './problem';
import { bytes, count, dnsLabelText } from './units';
import { quoted } from './visible';

const nodeGroup = v.strictObject({
  instanceType: named(instanceTypes, 'instance type'),
  /** 0 only where pods ask for the group by name: the first that does waits for its node, about two minutes. */
  min: count(0),
  max: count(1),
  /** The kubelet's limit, with prefix delegation; a t3.medium holds 17 without. */
  maxPods: count(1, 110),
  disk: bytes,
  /** The value of the node label `workload`, and of the taint when there is one. */
  workload: dnsLabelText,
  /** Whether only pods that ask for the group run on it. Of the others at least one takes whatever asks for nothing. */
  tainted: v.boolean(),
  /** All its nodes in the first zone; otherwise they are divided among all. */
  singleZone: v.boolean(),
  /** Present: Spot capacity, which AWS takes back at two minutes' notice. Such a group is tainted. */
  spot: v.optional(v.strictObject({})),
});
export type NodeGroup = v.InferOutput<typeof nodeGroup>;

/**
 * Letters of a name; EKS allows 63, of which Terraform's provider takes 26 and a hyphen to tell two generations apart, and
 * the zone a letter and a hyphen.
 */
const longest = 63 - 26 - 1 - 2;

/** Any number of groups, by name. `jenkins` says which of them the controller and the builds run on. */
export const nodeGroups = v.record(
  v.pipe(
    dnsLabelText,
    v.maxLength(
      longest,
      ({ input }) => `${quoted(input)} is too long; a node group has at most ${longest} letters`,
    ),
  ),
  nodeGroup,
);

/** A group's part in one zone, which is a group of EKS: the autoscaler chooses a group, and no zone within one. */
export interface ZonalGroup {
  /** Its place in `network.zones`. */
  readonly index: number;
  readonly zone: string;
  readonly min: number;
  readonly max: number;
}

/** The parts of a group, the first zones with one node more where the zones do not divide them. None of 0 nodes at most. */
export function zonalGroups(zones: readonly string[], { min, max, singleZone }: NodeGroup): ZonalGroup[] {
  const used = singleZone ? zones.slice(0, 1) : zones;
  const share = (total: number, index: number) => Math.ceil((total - index) / used.length);
  return used
    .map((zone, index) => ({ index, zone, min: share(min, index), max: share(max, index) }))
    .filter((part) => part.max > 0);
}

/** What these functions read of the cluster's settings. */
interface Groups {
  readonly nodeGroups: Readonly<Record<string, NodeGroup>>;
}

interface Builds extends Groups {
  readonly jenkins: { readonly nodeGroup: string; readonly agents: { readonly nodeGroup?: string | undefined } };
}

/** Groups that take every pod which asks for no other one, by name. */
export function openGroups({ nodeGroups }: Groups): [string, NodeGroup][] {
  return Object.entries(nodeGroups).filter(([, { tainted, spot }]) => !tainted && !spot);
}

/**
 * The group of a name that the settings' own rules have found there.
 *
 * @throws Error when there is none
 */
export function groupNamed({ nodeGroups }: Groups, name: string): NodeGroup {
  const found = Object.hasOwn(nodeGroups, name) ? nodeGroups[name] : undefined;
  if (!found) throw new Error(`charts/environments/cluster.ts: nodeGroups has no ${quoted(name)}`);
  return found;
}

/** The name of the group that Jenkins' agents run on, and images are built on. */
export function buildGroupName({ jenkins }: Pick<Builds, 'jenkins'>): string {
  return jenkins.agents.nodeGroup ?? jenkins.nodeGroup;
}

/** The group of Jenkins' agents. */
export function buildGroup(cluster: Builds): NodeGroup {
  return groupNamed(cluster, buildGroupName(cluster));
}

/** Groups of Spot capacity that are for the app's own work, and not for builds. */
export function spotGroups(cluster: Builds): NodeGroup[] {
  const { nodeGroup } = cluster.jenkins;
  return Object.entries(cluster.nodeGroups).flatMap(([name, group]) =>
    group.spot && name !== nodeGroup && name !== buildGroupName(cluster) ? [group] : [],
  );
}

/** The taint that a pod must tolerate to run on the group; undefined where every pod may. */
export function taintOf({ tainted, workload }: NodeGroup) {
  return tainted ? ({ key: 'workload', value: workload, effect: 'NoSchedule' } as const) : undefined;
}

/** What a pod writes to be let onto the groups. */
export function tolerationsOf(groups: readonly NodeGroup[]) {
  return groups.flatMap((group) => {
    const taint = taintOf(group);
    return taint ? [{ key: taint.key, operator: 'Equal', value: taint.value, effect: taint.effect }] : [];
  });
}

/** As many nodes of each group as its settings name. */
export function nodeCounts({ nodeGroups }: Groups, bound: 'min' | 'max'): Record<string, number> {
  return Object.fromEntries(Object.entries(nodeGroups).map(([name, group]) => [name, group[bound]]));
}

/** @returns what is wrong with a group, and with all of them together */
export function* judgeNodeGroups(
  cluster: Builds & { readonly lostNode: 'held' | 'waits' },
): Generator<SettingsProblem> {
  const { nodeGroups, jenkins } = cluster;
  const groups = Object.entries(nodeGroups);
  for (const [i, [name, { min, max, workload, tainted, spot }]] of groups.entries()) {
    const path = `nodeGroups.${name}`;
    if (min === 0 && (!tainted || name === jenkins.nodeGroup))
      yield {
        path: `${path}.min`,
        message: `0, but ${name === jenkins.nodeGroup ? 'Jenkins runs' : 'every pod may run'} on the group all the time; raise it`,
      };
    if (min > max) yield { path: `${path}.min`, message: `${min} is above max, ${max}; lower min or raise max` };
    const [twin] = groups.slice(0, i).find(([, before]) => before.workload === workload) ?? [];
    if (twin)
      yield {
        path: `${path}.workload`,
        message: `${quoted(workload)} is also that of ${twin}; pods choose a group by it, give each its own`,
      };
    if (spot && !tainted)
      yield {
        path: `${path}.tainted`,
        message:
          "is false, but the group is of Spot capacity: every pod would run there and be taken away at two minutes' notice; set tainted",
      };
  }
  const open = openGroups(cluster);
  const [single] = open;
  if (single && cluster.lostNode === 'held' && open.reduce((sum, [, { min }]) => sum + min, 0) === 1)
    yield {
      path: 'lostNode',
      message: `held, but ${single[0]} is one node at rest, and nothing is left when it is lost; raise its min, or write waits`,
    };
  yield* judgeArchitectures(cluster);
  if (open.length === 0)
    yield {
      path: 'nodeGroups',
      message: `has no group without taint and Spot capacity among ${Object.keys(nodeGroups).join(', ') || 'none'}; a pod that asks for none would run nowhere, add one`,
    };
  for (const [path, name] of [
    ['jenkins.nodeGroup', jenkins.nodeGroup],
    ['jenkins.agents.nodeGroup', jenkins.agents.nodeGroup],
  ] as const)
    if (name !== undefined && !Object.hasOwn(nodeGroups, name))
      yield {
        path,
        message: `${quoted(name)} is not a group of nodeGroups; use one of ${Object.keys(nodeGroups).join(', ')}`,
      };
}

/** An image is built for the processor that it is built on, and must start on every other node that it may come to. */
function* judgeArchitectures(cluster: Builds): Generator<SettingsProblem> {
  const { nodeGroups } = cluster;
  const name = buildGroupName(cluster);
  const of = ({ instanceType }: NodeGroup) => instanceTypes[instanceType].architecture;
  const builds = Object.hasOwn(nodeGroups, name) ? nodeGroups[name] : undefined;
  if (!builds) return;
  for (const [other, group] of Object.entries(nodeGroups))
    if (of(group) !== of(builds))
      yield {
        path: `nodeGroups.${other}.instanceType`,
        message: `${group.instanceType} is ${of(group)}, and images are built on ${name}, whose ${builds.instanceType} is ${of(builds)}: no container of ours would start; give both groups one architecture`,
      };
}
