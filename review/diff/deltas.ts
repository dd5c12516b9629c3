import { podTemplates } from '../model/pods';
import { replicasOf } from '../model/scaling';
import type { Facts } from '../rule';
import { requestsOf } from '../scheduling/requests';
import { templateIn } from './pods';
import type { Delta, Range } from './report';

/** How much of something each environment needs, at rest and at most. */
interface Measurement extends Range {
  readonly environment: string;
  readonly what: string;
  readonly unit: string;
}

export type Measure = (facts: Facts) => readonly Measurement[];

/** What differs between the two states, of what is measured. */
export function deltasOf(before: Facts, after: Facts, measures: readonly Measure[]): Delta[] {
  const key = ({ environment, what }: Measurement) => `${environment} ${what}`;
  const all = (facts: Facts) =>
    measures.flatMap((measure) => measure(facts)).map((each) => [key(each), each] as const);
  const [was, is] = [new Map(all(before)), new Map(all(after))];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [old, now] = [was.get(name), is.get(name)];
    if (old?.min === now?.min && old?.max === now?.max && old?.expected === now?.expected && old?.of === now?.of)
      return [];
    const { environment, what, unit } = (now ?? old) as Measurement;
    return [
      { environment, what, unit, ...(old && { before: rangeOf(old) }), ...(now && { after: rangeOf(now) }) },
    ];
  });
}

/** CPU and memory that the pods ask for, from rest to the autoscalers' maximum with a release under way. */
export function requests({ tree }: Facts): Measurement[] {
  const sums = new Map<string, { cpu: Range; memory: Range }>();
  // A DaemonSet's pods are as many as there are nodes, which is counted with those.
  for (const workload of tree.ofKind(
    ...Object.keys(podTemplates).filter((kind) => kind !== 'DaemonSet' && kind !== 'ReplicaSet'),
  )) {
    const pods = templateIn(workload);
    if (!pods) continue;
    const { cpu, memory } = requestsOf(pods.spec);
    const { rest, maximum, release } = replicasOf(tree, workload);
    const most = Math.max(maximum, release);
    const sum = sums.get(workload.environment) ?? { cpu: { min: 0, max: 0 }, memory: { min: 0, max: 0 } };
    sums.set(workload.environment, {
      cpu: { min: sum.cpu.min + cpu * rest, max: sum.cpu.max + cpu * most },
      memory: { min: sum.memory.min + memory * rest, max: sum.memory.max + memory * most },
    });
  }
  return [...sums].sort().flatMap(([environment, { cpu, memory }]) => [
    { environment, what: 'CPU requests', unit: 'm', ...cpu },
    { environment, what: 'Memory requests', unit: 'Mi', ...memory },
  ]);
}

function rangeOf({ min, max, expected, of }: Measurement): Range {
  return { min, max, ...(expected !== undefined && { expected }), ...(of !== undefined && { of }) };
}
