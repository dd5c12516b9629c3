import type { Cluster } from './environment';

/** The IngressClass of the load balancer that only people inside reach. */
export const internalClass = 'alb-internal';

/**
 * The IngressClass by which a namespace is open to the internet.
 *
 * @throws Error when no load balancer admits it; the rules of the settings refuse that before
 */
export function publicClass({ loadBalancer }: Cluster, namespace: string): string {
  const found = Object.entries(loadBalancer.public).find(([, { namespaces }]) => namespaces.includes(namespace));
  if (!found) throw new Error(`loadBalancer.public: no load balancer admits ${namespace}`);
  return found[0];
}
