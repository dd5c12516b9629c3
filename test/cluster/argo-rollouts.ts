import type { Cluster } from './cluster';
import { flags, launch } from './control-plane';
import { addOnValues } from './manifests';
import { freePort } from './ports';
import { binaryOf } from './programs';
import { settings } from './settings';

export interface RolloutsOptions {
  /** AWS' API, on loopback. */
  readonly aws: string;
  /** Whether it asks AWS before it goes on; what the add-on's values say when absent. */
  readonly verify?: boolean;
  /** Variables instead of those of the values. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts the controller with the flags of the add-on's values; again, after it was ended. */
export async function startRollouts(
  { api, processes, programs, kubeconfig }: Cluster,
  { aws, verify, variables = {} }: RolloutsOptions,
): Promise<void> {
  const { controller } = addOnValues('argo-rollouts');
  await api.applyAll([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argo-rollouts' } }], {
    manager: 'harness',
  });
  const given: { name: string; value: string }[] = controller.extraEnv ?? [];
  let health = 0;
  await launch(processes, {
    program: async () => {
      health = await freePort();
      const args = {
        kubeconfig,
        namespace: 'argo-rollouts',
        'leader-elect': 'false',
        metricsPort: String(await freePort()),
        healthzPort: String(health),
        loglevel: 'info',
      };
      const verifies = verify ?? controller.awsVerifyTargetGroup === true;
      return {
        name: 'argo-rollouts',
        file: binaryOf(programs, 'rollouts-controller'),
        args: [
          ...flags(args),
          ...(controller.extraArgs ?? []),
          ...(verifies ? ['--aws-verify-target-group'] : []),
        ],
        env: {
          ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
          AWS_REGION: settings.cluster.region,
          AWS_ENDPOINT_URL: aws,
          // EKS Pod Identity would give it a role; moto takes any key.
          AWS_ACCESS_KEY_ID: 'played',
          AWS_SECRET_ACCESS_KEY: 'played',
          AWS_EC2_METADATA_DISABLED: 'true',
          // Ten seconds otherwise, and a canary here is shorter.
          ROLLOUT_VERIFY_RETRY_INTERVAL: '1',
          ...variables,
        },
      };
    },
    ready: async () => (await fetch(`http://127.0.0.1:${health}/healthz`)).ok,
  });
}
