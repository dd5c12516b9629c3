import { Cluster } from './cluster';
import { Delivery, type DeliveryOptions } from './delivery';
import type { Programs } from './programs';

/** What `npm run test:cluster` hands to every scenario. */
export interface Given {
  readonly programs: Programs;
  /** The folder for those of the clusters. */
  readonly within: string;
  /** The kubeconfig of an existing cluster, to be used instead of a new one. */
  readonly kubeconfig?: string;
}

interface Globals {
  readonly given?: Given;
  /** Read by the environment of the tests when one fails. */
  runningClusters?: Set<Cluster>;
}

const globals = globalThis as Globals;

/** @throws Error when the tests were started in another way */
export function given(): Given {
  if (!globals.given) throw new Error('run it with npm run test:cluster, which builds the programs');
  return globals.given;
}

/** A cluster for all tests of a file, or that of the kubeconfig. */
export async function startCluster(): Promise<Cluster> {
  const { programs, within, kubeconfig } = given();
  return remember(
    kubeconfig ? await Cluster.join(programs, kubeconfig, within) : await Cluster.start(programs, within),
  );
}

/** A cluster of its own with everything that delivers to it. */
export async function startDelivery(options: DeliveryOptions = {}): Promise<Delivery> {
  const { programs, within } = given();
  const delivery = await Delivery.start(programs, { within, ...options });
  remember(delivery.cluster);
  return delivery;
}

function remember(cluster: Cluster): Cluster {
  globals.runningClusters ??= new Set();
  globals.runningClusters.add(cluster);
  return cluster;
}
