import type { Cluster } from '../../../charts/environments/environment';
import { argoCdNamespace } from '../../../charts/environments/namespaces';
import type { KubernetesObject } from '../../model/tree';
import type { Finding } from '../finding';
import type { Live } from '../live';
import { environmentOf, type Scope } from '../scope';
import { certificates } from './certificates';
import { applications, secrets } from './delivery';
import { pods } from './pods';
import { rollouts } from './rollouts';
import { claims, jobs, workloads } from './workloads';

/** Kinds that are looked at beside those of `dist/`. */
export const looked = {
  namespaced: [['v1', 'Pod', 'pods']],
  ofCluster: [
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
    ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'],
  ],
} as const;

export interface Circumstances {
  readonly alerts: Cluster['alerts'];
  readonly environments: readonly string[];
  /** In milliseconds. */
  readonly now: number;
}

/** What in an environment's namespaces does not run as it should. */
export async function healthy(
  scope: Scope,
  live: Live,
  { alerts, environments, now }: Circumstances,
): Promise<Finding[]> {
  const all = async (apiVersion: string, ...kinds: string[]): Promise<KubernetesObject[]> => {
    const lists = kinds.flatMap((kind) =>
      scope.namespaces.map((namespace) => live.list('healthy', apiVersion, kind, namespace)),
    );
    return (await Promise.all(lists)).flatMap((list) => list ?? []);
  };
  const patience = { days: alerts.certificateDays.warning, now };
  const webhooks =
    scope.environment === 'cluster'
      ? (
          await Promise.all(looked.ofCluster.map(([version, kind]) => live.list('healthy', version, kind)))
        ).flatMap((list) => list ?? [])
      : [];
  const delivered = (await live.list('healthy', 'argoproj.io/v1alpha1', 'Application', argoCdNamespace)) ?? [];
  const [rolled, deployed, run] = await Promise.all([
    all('argoproj.io/v1alpha1', 'Rollout'),
    all('apps/v1', 'Deployment', 'StatefulSet', 'DaemonSet'),
    all('batch/v1', 'Job'),
  ]);
  const own = delivered.filter((each) => environmentOf(each, environments) === scope.environment);
  return [
    ...applications(own),
    ...rollouts(rolled),
    ...workloads(deployed),
    ...jobs(run),
    ...pods(await all('v1', 'Pod'), now),
    ...claims(await all('v1', 'PersistentVolumeClaim')),
    ...secrets(await all('external-secrets.io/v1', 'SecretStore', 'ExternalSecret')),
    ...certificates([...(await all('v1', 'ConfigMap')), ...rolled, ...deployed, ...run, ...webhooks], patience),
  ];
}
