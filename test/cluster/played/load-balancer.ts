import type { Api } from '../api';
import { Played } from './played';

/**
 * The load balancer controller, as far as anything waits for it: every Ingress gets an address. There are no target
 * groups, so no pod gets a readiness gate, and nobody reads the weights but the tests.
 */
export function loadBalancer(api: Api): Played {
  return new Played('load balancer', async () => {
    for (const ingress of await api.list('networking.k8s.io/v1', 'Ingress')) {
      if (ingress.status?.loadBalancer?.ingress) continue;
      const { name, namespace } = ingress.metadata;
      const hostname = `k8s-${namespace}-${name}.us-east-1.elb.amazonaws.com`;
      await api.merge(ingress, { status: { loadBalancer: { ingress: [{ hostname }] } } }, 'status');
    }
  });
}
