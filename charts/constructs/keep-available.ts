import * as kplus from 'cdk8s-plus-28';
import { wave } from './sync-wave';

/**
 * Lets a node be drained, one pod of the workload at a time. A pod that is not ready may always be evicted: it serves
 * nobody, and would block the drain for ever.
 */
export function keepAvailable(workload: kplus.Workload): void {
  new kplus.k8s.KubePodDisruptionBudget(workload, 'disruption-budget', {
    metadata: { name: workload.name, annotations: wave('workload') },
    spec: {
      maxUnavailable: kplus.k8s.IntOrString.fromNumber(1),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: workload.matchLabels },
    },
  });
}
