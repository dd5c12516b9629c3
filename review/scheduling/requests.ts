import { listOf } from '../pods';
import { quantityOf } from '../quantity';

/** What the scheduler counts of a pod: millicores and MiB. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * What a pod asks for, as Kubernetes counts it: containers and native sidecars together, or, where it is more, the
 * largest moment of its start, at which one init container runs beside the sidecars that were started before it.
 */
export function requestsOf(spec: any): Requests {
  return { cpu: total(spec, 'cpu', millicores), memory: total(spec, 'memory', mebibytes) };
}

/** The scheduler counts CPU in whole millicores, rounded up for each container. */
export const millicores = (cores: number) => Math.ceil(Number((cores * 1000).toFixed(6)));
const mebibytes = (bytes: number) => bytes / 2 ** 20;

function total(spec: any, resource: 'cpu' | 'memory', unit: (base: number) => number): number {
  const quantity = (value: unknown) => unit(quantityOf(value) ?? 0);
  // A limit without a request is the request as well.
  const requested = ({ resources }: any) =>
    quantity(resources?.requests?.[resource] ?? resources?.limits?.[resource]);
  let sidecars = 0;
  let start = 0;
  for (const container of listOf(spec.initContainers)) {
    const asks = requested(container);
    if (container.restartPolicy === 'Always') sidecars += asks;
    start = Math.max(start, sidecars + (container.restartPolicy === 'Always' ? 0 : asks));
  }
  const runs = listOf(spec.containers).reduce((sum: number, each: any) => sum + requested(each), sidecars);
  return (
    Math.max(start, runs, quantity(spec.resources?.requests?.[resource])) + quantity(spec.overhead?.[resource])
  );
}
