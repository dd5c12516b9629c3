import type { ContainerSpec, PodSpec } from '../model/kinds';
import { type Amounts, containersOf } from '../model/pods';
import { quantityOf } from '../model/quantity';

/** What the scheduler counts of a pod: millicores and MiB. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

/** Which of its two numbers a container is asked for. */
export type Part = 'requests' | 'limits';

/**
 * What a pod asks for, as Kubernetes counts it: containers and native sidecars together, or, where it is more, the
 * largest moment of its start, at which one init container runs beside the sidecars that were started before it.
 */
export function requestsOf(spec: PodSpec): Requests {
  const cores = amountOf(spec, 'requests', 'cpu', nothing, rounded) ?? 0;
  return { cpu: wholeMillicores(cores), memory: (amountOf(spec, 'requests', 'memory') ?? 0) / 2 ** 20 };
}

/** The scheduler counts CPU in whole millicores, rounded up for each container. */
export const wholeMillicores = (cores: number) => Math.ceil(Number((cores * 1000).toFixed(6)));
const rounded = (cores: number) => wholeMillicores(cores) / 1000;
const nothing = { requests: {}, limits: {} };

/**
 * The same of one resource, in cores or bytes.
 *
 * @param defaults what a LimitRange gives to a container that says nothing; default: nothing
 * @returns undefined for limits when a container has none; a request that is missing counts as 0
 */
export function amountOf(
  spec: PodSpec,
  of: Part,
  resource: 'cpu' | 'memory',
  defaults: Readonly<Record<Part, Amounts>> = nothing,
  round = (amount: number) => amount,
): number | undefined {
  let unlimited = false;
  const quantity = (value: unknown) => round(quantityOf(value) ?? 0);
  const asked = ({ resources }: Pick<ContainerSpec, 'resources'>) => {
    // A limit without a request is the request as well.
    const own = resources?.[of]?.[resource] ?? (of === 'requests' ? resources?.limits?.[resource] : undefined);
    const value = own ?? defaults[of]?.[resource];
    if (of === 'limits' && value === undefined) unlimited = true;
    return quantity(value);
  };
  let sidecars = 0;
  let start = 0;
  let runs = 0;
  for (const { container, stays, path } of containersOf({ spec })) {
    const asks = asked(container);
    if (path[1] === 'containers') runs += asks;
    else if (stays) sidecars += asks;
    else start = Math.max(start, sidecars + asks);
  }
  const whole = Math.max(start, sidecars + runs, quantity(spec.resources?.[of]?.[resource]));
  return unlimited ? undefined : whole + quantity(spec.overhead?.[resource]);
}
