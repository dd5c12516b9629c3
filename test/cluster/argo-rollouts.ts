import type { Cluster } from './cluster';
import { flags, launch } from './control-plane';
import { freePort } from './ports';
import { binaryOf } from './programs';

/**
 * Starts the controller; again, after it was ended. Without `--aws-verify-target-group` it writes the Ingress annotation
 * and asks nothing of AWS.
 */
export async function startRollouts({ api, processes, programs, kubeconfig }: Cluster): Promise<void> {
  await api.applyAll([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argo-rollouts' } }], {
    manager: 'harness',
  });
  let health = 0;
  await launch(processes, {
    program: async () => {
      health = await freePort();
      const args = {
        kubeconfig,
        namespace: 'argo-rollouts',
        'leader-elect': 'false',
        'alb-ingress-classes': 'alb',
        metricsPort: String(await freePort()),
        healthzPort: String(health),
        loglevel: 'info',
      };
      return {
        name: 'argo-rollouts',
        file: binaryOf(programs, 'rollouts-controller'),
        args: flags(args),
      };
    },
    ready: async () => (await fetch(`http://127.0.0.1:${health}/healthz`)).ok,
  });
}
