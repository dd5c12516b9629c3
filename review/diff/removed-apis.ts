/** The Kubernetes version without it, and what takes its place; from the deprecation guide of kubernetes.io, to 1.36. */
export const removedApis: Readonly<Record<string, { readonly in: string; readonly instead?: string }>> = {
  'extensions/v1beta1/Ingress': { in: '1.22', instead: 'networking.k8s.io/v1' },
  'networking.k8s.io/v1beta1/Ingress': { in: '1.22', instead: 'networking.k8s.io/v1' },
  'networking.k8s.io/v1beta1/IngressClass': { in: '1.22', instead: 'networking.k8s.io/v1' },
  'extensions/v1beta1/Deployment': { in: '1.16', instead: 'apps/v1' },
  'apps/v1beta1/Deployment': { in: '1.16', instead: 'apps/v1' },
  'apps/v1beta2/Deployment': { in: '1.16', instead: 'apps/v1' },
  'apps/v1beta1/StatefulSet': { in: '1.16', instead: 'apps/v1' },
  'apps/v1beta2/StatefulSet': { in: '1.16', instead: 'apps/v1' },
  'extensions/v1beta1/DaemonSet': { in: '1.16', instead: 'apps/v1' },
  'apps/v1beta2/DaemonSet': { in: '1.16', instead: 'apps/v1' },
  'extensions/v1beta1/NetworkPolicy': { in: '1.16', instead: 'networking.k8s.io/v1' },
  'policy/v1beta1/PodSecurityPolicy': { in: '1.25' },
  'policy/v1beta1/PodDisruptionBudget': { in: '1.25', instead: 'policy/v1' },
  'batch/v1beta1/CronJob': { in: '1.25', instead: 'batch/v1' },
  'discovery.k8s.io/v1beta1/EndpointSlice': { in: '1.25', instead: 'discovery.k8s.io/v1' },
  'node.k8s.io/v1beta1/RuntimeClass': { in: '1.25', instead: 'node.k8s.io/v1' },
  'autoscaling/v2beta1/HorizontalPodAutoscaler': { in: '1.25', instead: 'autoscaling/v2' },
  'autoscaling/v2beta2/HorizontalPodAutoscaler': { in: '1.26', instead: 'autoscaling/v2' },
  'flowcontrol.apiserver.k8s.io/v1beta2/FlowSchema': { in: '1.29', instead: 'flowcontrol.apiserver.k8s.io/v1' },
  'flowcontrol.apiserver.k8s.io/v1beta3/FlowSchema': { in: '1.32', instead: 'flowcontrol.apiserver.k8s.io/v1' },
  'flowcontrol.apiserver.k8s.io/v1beta3/PriorityLevelConfiguration': {
    in: '1.32',
    instead: 'flowcontrol.apiserver.k8s.io/v1',
  },
  'rbac.authorization.k8s.io/v1beta1/Role': { in: '1.22', instead: 'rbac.authorization.k8s.io/v1' },
  'rbac.authorization.k8s.io/v1beta1/RoleBinding': { in: '1.22', instead: 'rbac.authorization.k8s.io/v1' },
  'rbac.authorization.k8s.io/v1beta1/ClusterRole': { in: '1.22', instead: 'rbac.authorization.k8s.io/v1' },
  'rbac.authorization.k8s.io/v1beta1/ClusterRoleBinding': { in: '1.22', instead: 'rbac.authorization.k8s.io/v1' },
  'apiextensions.k8s.io/v1beta1/CustomResourceDefinition': { in: '1.22', instead: 'apiextensions.k8s.io/v1' },
  'admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration': {
    in: '1.22',
    instead: 'admissionregistration.k8s.io/v1',
  },
  'admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration': {
    in: '1.22',
    instead: 'admissionregistration.k8s.io/v1',
  },
  'admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy': {
    in: '1.34',
    instead: 'admissionregistration.k8s.io/v1',
  },
  'storage.k8s.io/v1beta1/StorageClass': { in: '1.22', instead: 'storage.k8s.io/v1' },
  'storage.k8s.io/v1beta1/CSIDriver': { in: '1.22', instead: 'storage.k8s.io/v1' },
  'storage.k8s.io/v1beta1/CSIStorageCapacity': { in: '1.27', instead: 'storage.k8s.io/v1' },
  'scheduling.k8s.io/v1beta1/PriorityClass': { in: '1.22', instead: 'scheduling.k8s.io/v1' },
};

/** Whether the first version is as new as the second. */
export function atLeast(version: string, other: string): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  const [c = 0, d = 0] = other.split('.').map(Number);
  return a > c || (a === c && b >= d);
}
