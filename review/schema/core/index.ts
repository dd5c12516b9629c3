import { admissionBinding, admissionPolicy } from './admission';
import { namespace } from './namespace';
import { ingress, ingressClass, networkPolicy, service } from './network';
import { podSpec } from './pod';
import { binding, role } from './rbac';
import { metricsTemplate, rollout } from './rollouts';
import type { Say } from './say';
import { autoscaler, disruptionBudget, limitRange, priorityClass, resourceQuota } from './scaling';
import { claim, configMap, secret, storageClass } from './storage';
import { cronJob, daemonSet, deployment, job, statefulSet } from './workloads';

/** What the API server's own code checks beyond the types, by group and kind. */
export const core: Readonly<Record<string, (object: any, say: Say) => void>> = {
  '/ConfigMap': configMap,
  '/LimitRange': limitRange,
  '/Namespace': namespace,
  '/PersistentVolumeClaim': claim,
  '/Pod': ({ spec = {} }, say) => podSpec(spec, ['spec'], say, ['Always', 'OnFailure', 'Never']),
  '/ResourceQuota': resourceQuota,
  '/Secret': secret,
  '/Service': service,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': admissionPolicy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': admissionBinding,
  'apps/DaemonSet': daemonSet,
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'argoproj.io/AnalysisTemplate': metricsTemplate,
  'argoproj.io/Rollout': rollout,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'batch/CronJob': cronJob,
  'batch/Job': job,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/IngressClass': ingressClass,
  'networking.k8s.io/NetworkPolicy': networkPolicy,
  'policy/PodDisruptionBudget': disruptionBudget,
  'rbac.authorization.k8s.io/ClusterRole': role,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'rbac.authorization.k8s.io/Role': role,
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'scheduling.k8s.io/PriorityClass': priorityClass,
  'storage.k8s.io/StorageClass': storageClass,
};
