import type { Cluster } from '../../../charts/environments/environment';
import { argoCdNamespace } from '../../../charts/environments/namespaces';
import type { Kinds } from '../../model/kinds';
import type { VerifyFinding } from '../finding';
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

interface Circumstances {
  readonly alerts: Cluster['alerts'];
  readonly environments: readonly string[];
  /** In milliseconds. */
  readonly now: number;
}

/** Kinds that are looked at in each namespace of an environment. */
const inNamespaces = [
  ['argoproj.io/v1alpha1', 'Rollout'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['v1', 'Pod'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'ConfigMap'],
  ['external-secrets.io/v1', 'SecretStore'],
  ['external-secrets.io/v1', 'ExternalSecret'],
] as const;

/** Reads what is in an environment's namespaces, and returns what finds there what does not run as it should. */
export async function healthy(
  scope: Scope,
  live: Live,
  { alerts, environments, now }: Circumstances,
): Promise<() => VerifyFinding[]> {
  const shared = scope.environment === 'cluster' ? looked.ofCluster : [];
  await Promise.all([
    live.read('healthy', 'argoproj.io/v1alpha1', 'Application', argoCdNamespace),
    ...shared.map(([version, kind]) => live.read('healthy', version, kind)),
    ...inNamespaces.flatMap(([version, kind]) =>
      scope.namespaces.map((namespace) => live.read('healthy', version, kind, namespace)),
    ),
  ]);
  const all = <K extends keyof Kinds>(...kinds: K[]) =>
    live.ofKind(...kinds).map(({ object }) => object as Kinds[K]);
  const own = all('Application').filter((each) => environmentOf(each, environments) === scope.environment);
  const deployed = all('Deployment', 'StatefulSet', 'DaemonSet');
  const bundles = [
    ...[...all('ConfigMap', 'Rollout', 'Job'), ...deployed],
    ...(shared.length > 0 ? all('ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration') : []),
  ];
  return () => [
    ...applications(own),
    ...rollouts(all('Rollout')),
    ...workloads(deployed),
    ...jobs(all('Job')),
    ...pods(all('Pod'), now),
    ...claims(all('PersistentVolumeClaim')),
    ...secrets(all('SecretStore', 'ExternalSecret')),
    ...certificates(bundles, { days: alerts.certificateDays.warning, now }),
  ];
}
