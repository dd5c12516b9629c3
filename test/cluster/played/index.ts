import type { Cluster } from '../cluster';
import { datadogOperator } from './datadog-operator';
import { externalSecrets } from './external-secrets';
import { LoadBalancerController } from './load-balancer';
import { metrics, type Usage } from './metrics';
import { volumes } from './volumes';

/** What a test changes of what is played. */
export interface Stage {
  /** The use of CPU and memory, below every autoscaler's target. */
  readonly usage: Usage;
  readonly loadBalancer: LoadBalancerController;
}

/**
 * Starts everything that is played in a cluster; it ends with it.
 *
 * @param values of Secrets, by key
 */
export async function play(cluster: Cluster, values: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const { api, plane } = cluster;
  cluster.add(volumes(api));
  cluster.add(externalSecrets(api, values));
  cluster.add(datadogOperator(api));
  const files = { key: plane.key('apiserver.key'), certificate: plane.key('apiserver.crt') };
  const usage = { share: 0.5 };
  cluster.add(await metrics(api, files, usage));
  return { usage, loadBalancer: cluster.add(await LoadBalancerController.start(cluster)) };
}
