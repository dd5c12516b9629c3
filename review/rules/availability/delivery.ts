import { applicationsOf } from '../../applications';
import type { Rule } from '../../rule';
import { minorOf } from '../security/level';

const options = 'argocd.argoproj.io/sync-options';

export const pruneProtected: Rule = {
  id: 'prune-protected',
  level: 'critical',
  title: 'Argo CD never deletes what holds data: claims, volumes, definitions, namespaces.',
  why: 'A file that is renamed or lost in a merge would be a deleted volume five seconds later; a deleted definition takes every object of its kind along.',
  fix: `Annotate it with ${options}: Prune=false,Delete=false (charts/constructs/data-volume.ts).`,
  covers: [],
  *check({ tree }) {
    for (const manifest of tree.ofKind(
      'PersistentVolumeClaim',
      'PersistentVolume',
      'CustomResourceDefinition',
      'Namespace',
    )) {
      const prunes = applicationsOf(tree, manifest).some(
        ({ object }) => object.spec?.syncPolicy?.automated?.prune || (object.metadata as any).finalizers,
      );
      if (!prunes) continue;
      const set = (manifest.object.metadata.annotations?.[options] ?? '').split(',').map((each) => each.trim());
      const missing = ['Prune', 'Delete'].filter(
        (each) => !set.includes(`${each}=false`) && !set.includes(`${each}=confirm`),
      );
      if (missing.length > 0)
        yield {
          manifest,
          path: ['metadata', 'annotations', options],
          message: `is deleted with its file: no ${missing.map((each) => `${each}=false`).join(', no ')}`,
        };
    }
  },
};

/** Versions of the API that are served no more: since which minor version, and what to write instead. */
const removed: Readonly<Record<string, readonly [number, string]>> = {
  'extensions/v1beta1 Deployment': [16, 'apps/v1'],
  'extensions/v1beta1 DaemonSet': [16, 'apps/v1'],
  'extensions/v1beta1 ReplicaSet': [16, 'apps/v1'],
  'extensions/v1beta1 NetworkPolicy': [16, 'networking.k8s.io/v1'],
  'extensions/v1beta1 PodSecurityPolicy': [16, 'labels of Pod Security on the Namespace'],
  'extensions/v1beta1 Ingress': [22, 'networking.k8s.io/v1'],
  'apps/v1beta1 *': [16, 'apps/v1'],
  'apps/v1beta2 *': [16, 'apps/v1'],
  'admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration': [22, 'admissionregistration.k8s.io/v1'],
  'admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration': [22, 'admissionregistration.k8s.io/v1'],
  'apiextensions.k8s.io/v1beta1 *': [22, 'apiextensions.k8s.io/v1'],
  'apiregistration.k8s.io/v1beta1 *': [22, 'apiregistration.k8s.io/v1'],
  'authentication.k8s.io/v1beta1 TokenReview': [22, 'authentication.k8s.io/v1'],
  'authorization.k8s.io/v1beta1 *': [22, 'authorization.k8s.io/v1'],
  'certificates.k8s.io/v1beta1 CertificateSigningRequest': [22, 'certificates.k8s.io/v1'],
  'coordination.k8s.io/v1beta1 Lease': [22, 'coordination.k8s.io/v1'],
  'networking.k8s.io/v1beta1 Ingress': [22, 'networking.k8s.io/v1'],
  'networking.k8s.io/v1beta1 IngressClass': [22, 'networking.k8s.io/v1'],
  'rbac.authorization.k8s.io/v1beta1 *': [22, 'rbac.authorization.k8s.io/v1'],
  'rbac.authorization.k8s.io/v1alpha1 *': [22, 'rbac.authorization.k8s.io/v1'],
  'scheduling.k8s.io/v1beta1 PriorityClass': [22, 'scheduling.k8s.io/v1'],
  'storage.k8s.io/v1beta1 CSIDriver': [22, 'storage.k8s.io/v1'],
  'storage.k8s.io/v1beta1 CSINode': [22, 'storage.k8s.io/v1'],
  'storage.k8s.io/v1beta1 StorageClass': [22, 'storage.k8s.io/v1'],
  'storage.k8s.io/v1beta1 VolumeAttachment': [22, 'storage.k8s.io/v1'],
  'batch/v1beta1 CronJob': [25, 'batch/v1'],
  'discovery.k8s.io/v1beta1 EndpointSlice': [25, 'discovery.k8s.io/v1'],
  'events.k8s.io/v1beta1 Event': [25, 'events.k8s.io/v1'],
  'autoscaling/v2beta1 HorizontalPodAutoscaler': [25, 'autoscaling/v2'],
  'policy/v1beta1 PodDisruptionBudget': [25, 'policy/v1'],
  'policy/v1beta1 PodSecurityPolicy': [25, 'labels of Pod Security on the Namespace'],
  'node.k8s.io/v1beta1 RuntimeClass': [25, 'node.k8s.io/v1'],
  'autoscaling/v2beta2 HorizontalPodAutoscaler': [26, 'autoscaling/v2'],
  'flowcontrol.apiserver.k8s.io/v1beta1 *': [26, 'flowcontrol.apiserver.k8s.io/v1'],
  'storage.k8s.io/v1beta1 CSIStorageCapacity': [27, 'storage.k8s.io/v1'],
  'flowcontrol.apiserver.k8s.io/v1beta2 *': [29, 'flowcontrol.apiserver.k8s.io/v1'],
  'flowcontrol.apiserver.k8s.io/v1beta3 *': [32, 'flowcontrol.apiserver.k8s.io/v1'],
};

/** Served by their controllers for now, and gone with one of their next releases. */
const deprecated: Readonly<Record<string, string>> = {
  'external-secrets.io/v1beta1 *': 'external-secrets.io/v1',
  'external-secrets.io/v1alpha1 *': 'external-secrets.io/v1',
  'datadoghq.com/v1alpha1 DatadogMonitor': 'DatadogGenericResource of type monitor',
  'v1 Endpoints': 'discovery.k8s.io/v1 EndpointSlice',
  'v1 ComponentStatus': 'nothing',
};

export const removedApi: Rule = {
  id: 'removed-api',
  level: 'critical',
  title: 'Every object is of an API version that the target Kubernetes serves.',
  why: 'The API server knows no such kind: the sync fails, and what was deployed before stays as it was.',
  fix: 'Write the version that the message names, and look what became of the fields.',
  covers: ['kube-score:stable-version', 'kube-linter:no-extensions-v1beta', 'NSA:C-0068'],
  *check({ tree, settings }) {
    for (const manifest of tree.manifests) {
      const { apiVersion, kind } = manifest.object;
      const [since, instead] = removed[`${apiVersion} ${kind}`] ?? removed[`${apiVersion} *`] ?? [];
      if (since !== undefined && since <= minorOf(settings.cluster.kubernetes))
        yield {
          manifest,
          path: ['apiVersion'],
          message: `${apiVersion} ${kind} is gone since 1.${since}; use ${instead}`,
        };
    }
  },
};

export const deprecatedApi: Rule = {
  id: 'deprecated-api',
  level: 'warn',
  title: 'No object is of an API version that is about to go.',
  why: 'The next upgrade of the cluster or of an add-on would leave it behind.',
  fix: 'Write the version that the message names.',
  covers: ['kube-score:stable-version'],
  *check({ tree }) {
    for (const manifest of tree.manifests) {
      const { apiVersion, kind } = manifest.object;
      const instead = deprecated[`${apiVersion} ${kind}`] ?? deprecated[`${apiVersion} *`];
      if (instead)
        yield { manifest, path: ['apiVersion'], message: `${apiVersion} ${kind} is deprecated; use ${instead}` };
    }
    for (const manifest of tree.ofKind('Ingress'))
      if (manifest.object.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined)
        yield {
          manifest,
          path: ['metadata', 'annotations', 'kubernetes.io/ingress.class'],
          message: 'the annotation is deprecated; use spec.ingressClassName',
        };
  },
};
