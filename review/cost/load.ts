import { instanceTypes } from '../../charts/environments/infrastructure';
import { openGroups } from '../../charts/environments/node-groups';
import { systemFacts } from '../../charts/facts';
import type { Facts } from '../rule';
import { admits } from '../scheduling/cluster';
import { nodeKinds } from '../scheduling/nodes';
import { lastingSets } from '../scheduling/workloads';
import { request } from './usage';

/** A part of an environment on AWS, and how much traffic it still holds. */
export interface Part {
  readonly name: string;
  /** Requests a second, and the same in peaks of `web.limits.peak`; undefined where nobody has measured what one takes. */
  readonly holds?: number;
  readonly times?: number;
  readonly from: string;
}

/** What gives out when there is more traffic, the first of it first. */
export function partsOf(facts: Facts): Part[] {
  const { cluster, traffic } = systemFacts(facts.settings);
  const open = openGroups(cluster);
  const kinds = nodeKinds(cluster).filter(({ group }) => open.some(([name]) => name === group));
  const most = (read: (vcpu: number) => number) =>
    open.reduce((sum, [, { instanceType, max }]) => sum + max * read(instanceTypes[instanceType].vcpu), 0);
  return traffic.flatMap(({ environment: of, pods, pool, peak, address, ...one }) => {
    const workers = pods * one.workers;
    // What else runs beside the app at its peak keeps what it asks for.
    const others = lastingSets(facts)
      .filter(
        (set) => !(set.kind === 'Rollout' && set.environment === of) && kinds.some((kind) => admits(kind, set)),
      )
      .reduce((sum, set) => sum + set.cpu * (set.daemon ? most(() => 1) : set.replicas.maximum), 0);
    const scaled = (pods * one.cpu * one.utilization) / 100;
    const cache = one.cache * 0.75 * 1024;
    const { cpu, connection, session, people } = request;
    const parts: [name: string, holds: number | undefined, from: string][] = [
      ['Autoscaler of web: all its pods are there', scaled / cpu, `${pods} pods, ${cpu} ms of CPU a request`],
      ['Limit of one address: a campus is one', address / 60, `${address} requests a minute`],
      [
        'Pools: requests wait for a connection',
        (pods * pool * 1000) / connection,
        `${pods * pool} connections, ${connection} ms of one a request`,
      ],
      [
        'CPU of the nodes: requests become slower',
        (most((vcpu) => vcpu) * 1000 - others) / cpu,
        `${most((vcpu) => vcpu)} vCPU less ${others}m of other pods`,
      ],
      ['Workers of Puma: requests queue', (workers * 1000) / cpu, `${workers} workers`],
      [
        'Memory of Redis: sessions are refused',
        (peak * cache) / (people * session),
        `${people} people at the peak, ${session} KiB of a session`,
      ],
      ['CPU of the database', undefined, 'not measured: the load test shows it'],
    ];
    return parts
      .map(([name, holds, from]): Part => ({ name: `${of}: ${name}`, holds, times: holds && holds / peak, from }))
      .sort((a, b) => (a.holds ?? Number.POSITIVE_INFINITY) - (b.holds ?? Number.POSITIVE_INFINITY));
  });
}

/** For a reader; the design plans for three to five times the traffic. */
export function loadTable(facts: Facts) {
  return {
    title: 'Three to five times the traffic: which part gives out, and at how many requests a second',
    columns: ['Part', 'Requests a second', 'Times the peak', 'From'],
    rows: partsOf(facts).map(({ name, holds, times, from }) => [
      name,
      holds?.toFixed(0) ?? '?',
      times?.toFixed(1) ?? '?',
      from,
    ]),
  };
}
