import { at, type Path } from './path';

/** Fields whose emptiness says the same as their absence; elsewhere `{}` is a meaning, as in `emptyDir: {}`. */
const hollow = new Set(
  (
    'labels annotations finalizers args command env envFrom ports volumeMounts volumeDevices volumes initContainers ' +
    'imagePullSecrets tolerations nodeSelector securityContext resources requests limits affinity hostAliases ' +
    'readinessGates topologySpreadConstraints creationTimestamp status matchExpressions matchLabels data binaryData ' +
    'lifecycle capabilities add drop strategy rollingUpdate updateStrategy sysctls except metadata subjects secrets'
  ).split(' '),
);

/**
 * What the API server, or a controller's definition, fills in for an absent field; by the field's own name, below the
 * name of what it is in where the name alone says too little. A kind's defaults come before these.
 */
const defaults: Readonly<Record<string, unknown>> = {
  protocol: 'TCP',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: true,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  hostUsers: true,
  setHostnameAsFQDN: false,
  shareProcessNamespace: false,
  privileged: false,
  stdin: false,
  stdinOnce: false,
  tty: false,
  fsGroupChangePolicy: 'Always',
  'pod.restartPolicy': 'Always',
  'httpGet.scheme': 'HTTP',
  'probe.timeoutSeconds': 1,
  'probe.periodSeconds': 10,
  'probe.successThreshold': 1,
  'probe.failureThreshold': 3,
  'probe.initialDelaySeconds': 0,
  'volumeMounts.readOnly': false,
  'persistentVolumeClaim.readOnly': false,
  'fieldRef.apiVersion': 'v1',
  optional: false,
  defaultMode: 420,
  minReadySeconds: 0,
  revisionHistoryLimit: 10,
  volumeMode: 'Filesystem',
  immutable: false,
  suspend: false,
  matchPolicy: 'Equivalent',
};

const ofKind: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Deployment: {
    'spec.replicas': 1,
    'spec.progressDeadlineSeconds': 600,
    'spec.paused': false,
    'spec.strategy.type': 'RollingUpdate',
    'spec.strategy.rollingUpdate.maxSurge': '25%',
    'spec.strategy.rollingUpdate.maxUnavailable': '25%',
  },
  StatefulSet: {
    'spec.replicas': 1,
    'spec.podManagementPolicy': 'OrderedReady',
    'spec.updateStrategy.type': 'RollingUpdate',
    'spec.updateStrategy.rollingUpdate.partition': 0,
    'spec.persistentVolumeClaimRetentionPolicy.whenDeleted': 'Retain',
    'spec.persistentVolumeClaimRetentionPolicy.whenScaled': 'Retain',
  },
  DaemonSet: {
    'spec.updateStrategy.type': 'RollingUpdate',
    'spec.updateStrategy.rollingUpdate.maxSurge': 0,
    'spec.updateStrategy.rollingUpdate.maxUnavailable': 1,
  },
  Rollout: {
    'spec.replicas': 1,
    'spec.progressDeadlineSeconds': 600,
    'spec.progressDeadlineAbort': false,
    'spec.strategy.canary.maxSurge': '25%',
    'spec.strategy.canary.maxUnavailable': '25%',
    'spec.strategy.canary.dynamicStableScale': false,
  },
  Job: {
    'spec.backoffLimit': 6,
    'spec.completions': 1,
    'spec.parallelism': 1,
    'spec.completionMode': 'NonIndexed',
  },
  CronJob: {
    'spec.concurrencyPolicy': 'Allow',
    'spec.successfulJobsHistoryLimit': 3,
    'spec.failedJobsHistoryLimit': 1,
    'spec.jobTemplate.spec.backoffLimit': 6,
  },
  Service: {
    'spec.type': 'ClusterIP',
    'spec.sessionAffinity': 'None',
    'spec.internalTrafficPolicy': 'Cluster',
    'spec.externalTrafficPolicy': 'Cluster',
    'spec.ipFamilyPolicy': 'SingleStack',
    'spec.allocateLoadBalancerNodePorts': true,
    'spec.publishNotReadyAddresses': false,
  },
  HorizontalPodAutoscaler: { 'spec.minReplicas': 1 },
  PodDisruptionBudget: { 'spec.unhealthyPodEvictionPolicy': 'IfHealthyBudget' },
  StorageClass: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate', allowVolumeExpansion: false },
  PriorityClass: { globalDefault: false, preemptionPolicy: 'PreemptLowerPriority' },
  PersistentVolume: { 'spec.persistentVolumeReclaimPolicy': 'Retain' },
  ServiceAccount: { automountServiceAccountToken: true },
  ExternalSecret: {
    'spec.refreshInterval': '1h0m0s',
    'spec.refreshPolicy': 'Periodic',
    'spec.secretStoreRef.kind': 'SecretStore',
    'spec.target.creationPolicy': 'Owner',
    'spec.target.deletionPolicy': 'Retain',
    'spec.target.template.engineVersion': 'v2',
    'spec.target.template.mergePolicy': 'Replace',
    'spec.data[].remoteRef.conversionStrategy': 'Default',
    'spec.data[].remoteRef.decodingStrategy': 'None',
    'spec.data[].remoteRef.metadataPolicy': 'None',
  },
  Application: {
    'spec.revisionHistoryLimit': 10,
    'spec.syncPolicy.automated.prune': false,
    'spec.syncPolicy.automated.selfHeal': false,
    'spec.syncPolicy.automated.enabled': true,
  },
};

/** Whether absence of the field says the same as this value. */
export function isDefault(kind: string, path: Path, value: unknown): boolean {
  const name = path.at(-1) ?? '';
  const known = defaultOf(kind, path);
  if (known !== undefined) return String(known) === String(value);
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const inner = Object.entries(value);
  if (inner.length === 0) return hollow.has(name);
  // A branch that holds nothing but defaults adds nothing, unless its mere presence is a meaning.
  return (
    hollow.has(name) &&
    !Array.isArray(value) &&
    inner.every(([key, each]) => isDefault(kind, [...path, key], each))
  );
}

/** What an absent field stands for, where that is known. */
export function defaultOf(kind: string, path: Path): unknown {
  for (const [pattern, value] of Object.entries(ofKind[kind] ?? {})) if (at(path, pattern)) return value;
  const name = path.at(-1) ?? '';
  const parent = path.at(-2) ?? '';
  const place = /Probe$/.test(parent) ? 'probe' : parent === 'spec' && path.length > 2 ? 'pod' : parent;
  const above = path.at(-3) ?? '';
  return (
    defaults[`${place}.${name}`] ??
    (parent.startsWith('[') ? defaults[`${above}.${name}`] : undefined) ??
    defaults[name]
  );
}
