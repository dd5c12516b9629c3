import { systemFacts } from '../../charts/facts';
import type { Tree } from '../model/tree';
import type { Budget } from '../report/report';
import type { Facts, Offence } from '../rule';
import type { Node } from './cluster';
import { type Fit, judge } from './judge';
import { remedy } from './remedy';
import { type PodSet, setsOf, unknownRules } from './workloads';

const judged = new WeakMap<Tree, { readonly cluster: unknown; readonly sets: PodSet[]; readonly fits: Fit[] }>();

/** Every pod on the node groups: what is asked of them at each moment, and what is left of each node. */
export function scheduling(facts: Facts): Budget[] {
  const { fits } = judgedOnce(facts);
  const misfits = fits.filter((fit) => !fit.fits);
  const tightest = fits
    .filter(({ fits, moment }) => fits && moment.nodes === 'max')
    .sort((a, b) => share(b, 'memory') + share(b, 'cpu') - share(a, 'memory') - share(a, 'cpu'))[0];
  const shown = [fits[0], tightest].filter((fit) => fit !== undefined);
  const says = misfits[0]
    ? `${misfits.length} of ${fits.length} moments do not fit, the first ${misfits[0].moment.name}: ${misfitOf(misfits[0])}`
    : `every pod has a node at all ${fits.length} moments${ordersOf(fits)}`;
  const verdict = { fits: misfits.length === 0, says };
  return [
    {
      title: 'Pods on the node groups',
      columns: ['Moment', 'Nodes', 'CPU', 'Memory', 'Fits', 'What may wait'],
      rows: fits.map((fit) => [
        fit.moment.name,
        Object.entries(fit.nodes)
          .map(([group, count]) => `${count} ${group}`)
          .join(', '),
        `${Math.round(share(fit, 'cpu'))} %`,
        `${Math.round(share(fit, 'memory'))} %`,
        fit.fits ? 'yes' : `no: ${misfitOf(fit)}`,
        fit.waiting.map(({ name }) => name).join(', ') || '-',
      ]),
      verdict,
    },
    {
      title: 'What is left per node, in one of the placements',
      columns: ['Moment', 'Node', 'Zone', 'Pods', 'CPU left (m)', 'Memory left (Mi)'],
      rows: shown.flatMap(({ moment, example }) =>
        numbered(example.model.nodes).map(({ kind, number, zone, pods, cpu, memory }) => [
          moment.name,
          `${kind.group} ${number}`,
          zone,
          pods,
          Math.floor(kind.cpu - cpu),
          Math.floor(kind.memory - memory),
        ]),
      ),
      verdict,
    },
  ];
}

/** What is proven for every order, and what was only tried in some. */
function ordersOf(fits: readonly Fit[]): string {
  const moments = fits.filter(({ played, moment }) => played && moment.nodeLost && moment.nodes === 'min');
  const others = fits.filter((fit) => fit.played && !moments.includes(fit));
  const sets = [...new Set(others.flatMap(({ byPlay }) => byPlay))];
  const but = [
    ...(sets.length > 0 ? [`for ${sets.join(', ')} (${others[0]?.played} orders were tried)`] : []),
    ...moments.map(({ moment, played }) => `${moment.name} (${played} orders were tried)`),
  ];
  return `, in whatever order they come${but.length > 0 ? `, but ${but.join(' and ')}` : ''}`;
}

/** Each with its number in its group, group by group. */
function numbered(nodes: readonly Node[]) {
  const sorted = [...nodes].sort((a, b) => a.index - b.index);
  return sorted.map((node, i) => ({
    ...node,
    number: 1 + i - sorted.findIndex(({ kind }) => kind === node.kind),
  }));
}

/** One for each moment that does not fit, with the smallest change of all that makes everything fit. */
export function* schedulingOffences(facts: Facts): Generator<Offence> {
  const { sets, fits } = judgedOnce(facts);
  const misfits = fits.filter((fit) => !fit.fits);
  if (misfits.length === 0) return;
  const change = remedy(sets, systemFacts(facts.settings).cluster, misfits);
  for (const fit of misfits)
    yield {
      file: systemFacts(facts.settings).file,
      message: `nodeGroups: ${fit.moment.name}, ${misfitOf(fit)}; ${change}`,
    };
}

/** Fields by which the scheduler would place a pod and the proof would not. */
export function* unknownRuleOffences({ tree }: Facts): Generator<Offence> {
  for (const { pod, field } of unknownRules(tree))
    yield {
      manifest: pod.owner,
      path: [...pod.path, 'spec', ...field.split('.')],
      message:
        'decides about nodes in a way that the proof does not know, so what it says of this pod is too good',
    };
}

/** The pod, where, and what it lacks. */
export function misfitOf({ pending, uncertain, nodes, kinds }: Fit): string {
  const on = Object.entries(nodes)
    .map(
      ([group, count]) =>
        `${count} ${group} (${kinds.find((kind) => kind.group === group)?.labels['node.kubernetes.io/instance-type']})`,
    )
    .join(', ');
  const [set] = pending;
  if (set)
    return `${set.name} (${set.cpu}m, ${Math.ceil(set.memory)}Mi) has no place on ${on}${pending.length > 1 ? `, nor have ${pending.length - 1} others` : ''}`;
  const [first] = uncertain;
  return `${first?.set.name} (${first?.set.cpu}m, ${Math.ceil(first?.set.memory ?? 0)}Mi) has a place on ${on} in most orders, but only ${first?.needed} nodes leave one in every order`;
}

/** Percent of all nodes together, DaemonSets included. */
function share({ nodes, kinds, moment, example }: Fit, resource: 'cpu' | 'memory'): number {
  const all = kinds.reduce((sum, kind) => sum + kind[resource] * (nodes[kind.group] ?? 0), 0);
  const { sets, admitted } = example.model.world;
  const pods = sets.reduce((sum, set) => sum + (set.daemon ? 0 : moment.pods(set) * set[resource]), 0);
  const daemons = kinds.reduce(
    (sum, kind, i) =>
      sum +
      (nodes[kind.group] ?? 0) *
        sets.reduce((each, set, at) => each + (set.daemon && admitted[i]?.[at] ? set[resource] : 0), 0),
    0,
  );
  return (100 * (pods + daemons)) / all;
}

/** All moments, judged once for a tree. */
export function judgedOnce(facts: Facts) {
  const { cluster } = systemFacts(facts.settings);
  const known = judged.get(facts.tree);
  if (known?.cluster === cluster) return known;
  const sets = setsOf(facts);
  const made = { cluster, sets, fits: judge(sets, cluster) };
  judged.set(facts.tree, made);
  return made;
}
