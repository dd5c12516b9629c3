import { groupNamed, openGroups } from '../../charts/environments/node-groups';
import { linesOf } from '../../review/cost/lines';
import { hours, price } from '../../review/cost/prices';
import { misfitOf } from '../../review/scheduling/budget';
import { judge } from '../../review/scheduling/judge';
import { type PodSet, setsOf } from '../../review/scheduling/workloads';
import type { Proven } from './proofs';

/** What the design takes off for reserved instances. */
const reserved = 0.3;
/** The share of a week in which nobody works: all but eleven hours on each of five days. */
const nights = 1 - (5 * 11) / (7 * 24);

/** Something that has a price and that no setting turns. */
export interface Untried {
  readonly name: string;
  /** Dollars a month, at most; absent where nobody can say. */
  readonly saves?: number;
  readonly why: string;
}

/** What the search does not turn, what it would save at most, and why it is not turned. */
export function untriedOf(today: Proven): Untried[] {
  const { cluster, sites } = today.settings;
  const lines = new Map(linesOf(today).map(({ name, expected }) => [name, expected]));
  const sets = setsOf(today);
  const inCluster = new Set(sites.flatMap(({ environment: { aws, name } }) => (aws ? [] : [name])));
  return [
    {
      name: 'Reserved instances and savings plans',
      saves: Object.values(cluster.nodeGroups).reduce((sum, group) => sum + reserved * group.min * node(group), 0),
      why: 'are bought for a year or three, not set: the design reckons with 30 % less, here of the nodes that are always there',
    },
    {
      name: 'A NAT instance for the gateway',
      saves: lines.get('NAT gateway') ?? 0,
      why: 'less the instance; it would need patches and somebody who replaces it, and all that leaves the cluster waits meanwhile',
    },
    {
      name: `Asleep at night and on weekends: ${[...inCluster].join(', ')}`,
      ...onOneLess(
        sets.filter(({ environment }) => !inCluster.has(environment)),
        { share: nights, givesUp: 'Argo CD would wake it at the next sync' },
      ),
    },
    {
      name: 'One replica of each add-on',
      ...onOneLess(sets.map(single), {
        share: 1,
        givesUp: 'a lost node takes an add-on away until it starts elsewhere',
      }),
    },
    {
      name: 'Another entry less in Secrets Manager',
      saves: price('secret'),
      why: 'is done as far as one writer and the same readers go (docs/decisions/0012)',
    },
    { name: 'Smaller disks', saves: lines.get('Disks of nodes') ?? 0, why: 'no proof knows how full a disk gets' },
    {
      name: 'Smaller requests',
      why: 'nobody has measured the pods under load for a month; Datadog shows it once they run',
    },
  ];

  /** What one node less at rest saves with these pods, or the first of them that then has no place. */
  function onOneLess(
    fewer: readonly PodSet[],
    { share, givesUp }: { readonly share: number; readonly givesUp: string },
  ): Pick<Untried, 'saves' | 'why'> {
    const [[name] = ['']] = openGroups(cluster);
    const group = groupNamed(cluster, name);
    const min = group.min - 1;
    if (min < 1) return { saves: 0, why: 'no node less: the last one stays' };
    const smaller = { ...cluster, nodeGroups: { ...cluster.nodeGroups, [name]: { ...group, min } } };
    const misfit = judge(fewer, smaller).find(({ fits }) => !fits);
    if (!misfit) return { saves: share * node(group), why: givesUp };
    return { saves: 0, why: `no node less: ${misfit.moment.name}, ${misfitOf(misfit)}` };
  }
}

function node({ instanceType }: ReturnType<typeof groupNamed>): number {
  return hours * price(`ec2.${instanceType}`);
}

function single(set: PodSet): PodSet {
  if (set.environment !== 'add-ons' || set.daemon) return set;
  const { rest, maximum, release, abort } = set.replicas;
  const one = (count: number) => Math.min(1, count);
  return {
    ...set,
    replicas: { rest: one(rest), maximum: one(maximum), release: one(release), abort: one(abort) },
  };
}
