import type { Cluster } from '../cluster';
import { externalSecrets } from './external-secrets';
import { loadBalancer } from './load-balancer';
import { metrics } from './metrics';
import { volumes } from './volumes';

/**
 * Starts everything that is played in a cluster; it ends with it.
 *
 * @param values of Secrets, by key
 */
export async function play(cluster: Cluster, values: Readonly<Record<string, string>> = {}): Promise<void> {
  const { api, plane } = cluster;
  cluster.add(loadBalancer(api));
  cluster.add(volumes(api));
  cluster.add(externalSecrets(api, values));
  const files = { key: plane.key('apiserver.key'), certificate: plane.key('apiserver.crt') };
  // Below every target: an autoscaler stays at its least.
  cluster.add(await metrics(api, files, () => 0.5));
}
