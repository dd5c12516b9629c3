import type { SettingEdit } from '../../charts/environments/edits';
import { instanceTypes } from '../../charts/environments/infrastructure';
import { groupNamed, type NodeGroup } from '../../charts/environments/node-groups';
import type { Settings } from '../../charts/settings';
import { price } from '../../review/cost/prices';
import { misfitOf } from '../../review/scheduling/budget';
import { judge } from '../../review/scheduling/judge';
import type { InstanceType } from '../../review/scheduling/nodes';
import { enough } from '../../review/scheduling/remedy';
import { setsOf } from '../../review/scheduling/workloads';
import { dollarsOf, type Proven } from './proofs';

/** Nodes of a group at most, in the search. */
const most = 12;

/** Node groups on which all pods of a shape have a node at every moment. */
export interface Size {
  readonly edits: readonly SettingEdit[];
  readonly dollars: number;
}

/** Groups that would cost less, and the first pod that has no node on them. */
export interface TooSmall {
  readonly name: string;
  readonly dollars: number;
  readonly why: string;
}

/**
 * The cheapest node groups of an architecture, group after group: of each type of instance the least nodes, at rest and at
 * most, with which every moment holds.
 *
 * @returns nothing when no number of nodes up to twelve does
 */
export function sized(
  shape: Proven,
  architecture: string,
): { readonly size?: Size; readonly tooSmall: TooSmall[] } {
  const sets = setsOf(shape);
  const tooSmall: TooSmall[] = [];
  let settings = shape.settings;
  for (const group of Object.keys(settings.cluster.nodeGroups)) {
    let best: { readonly settings: Settings; readonly dollars: number } | undefined;
    for (const type of typesOf(architecture)) {
      // A group without a node at rest stays one.
      let [min, max] = [Math.min(1, groupNamed(shape.settings.cluster, group).min), 1];
      let failed: { readonly dollars: number; readonly why: string } | undefined;
      while (max <= most) {
        const tried = withGroup(settings, group, { instanceType: type, min, max });
        const dollars = dollarsOf({ tree: shape.tree, settings: tried });
        if (best && dollars >= best.dollars) break;
        const lacking = (['min', 'max'] as const).find((nodes) => !enough(sets, tried.cluster, nodes));
        const misfit = lacking ? undefined : judge(sets, tried.cluster).find(({ fits }) => !fits);
        if (!lacking && !misfit) {
          best = { settings: tried, dollars };
          break;
        }
        // What all nodes together cannot hold is not worth a word.
        if (misfit) failed = { dollars, why: `${misfit.moment.name}, ${misfitOf(misfit)}` };
        if ((lacking ?? misfit?.moment.nodes) === 'min') min += 1;
        else max += 1;
        max = Math.max(min, max);
      }
      if (failed) tooSmall.push({ name: `${group}: ${type}`, ...failed });
    }
    if (!best) return { tooSmall };
    settings = best.settings;
  }
  const dollars = dollarsOf({ tree: shape.tree, settings });
  return { size: { edits: editsOf(shape.settings, settings), dollars }, tooSmall };
}

/** Cheapest first, so that dearer ones are given up soon. */
function typesOf(architecture: string): InstanceType[] {
  return (Object.keys(instanceTypes) as InstanceType[])
    .filter((type) => instanceTypes[type].architecture === architecture)
    .sort((a, b) => price(`ec2.${a}`) - price(`ec2.${b}`));
}

function withGroup(settings: Settings, name: string, change: Partial<NodeGroup>): Settings {
  const { nodeGroups } = settings.cluster;
  const group = { ...(nodeGroups[name] as NodeGroup), ...change };
  const cluster = { ...settings.cluster, nodeGroups: { ...nodeGroups, [name]: group } };
  return { ...settings, cluster, sites: settings.sites.map((site) => ({ ...site, cluster })) };
}

function editsOf(before: Settings, after: Settings): SettingEdit[] {
  return Object.entries(after.cluster.nodeGroups).flatMap(([name, group]) =>
    (['instanceType', 'min', 'max'] as const).flatMap((field) =>
      group[field] === before.cluster.nodeGroups[name]?.[field]
        ? []
        : [{ of: 'cluster', path: `nodeGroups.${name}.${field}`, to: group[field] }],
    ),
  );
}
