import type { Resources } from '../../environments/environment';

/** The class of every add-on: above the app, below what Kubernetes keeps for itself. */
export const priorityClassName = 'system';

/** What Pod Security's `restricted` level asks of a pod. */
export const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/** What it asks of a container, and a read-only root. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Requests, and a limit of memory but none of CPU, which would slow a webhook down while the node is idle. */
export function helmResources({ cpu, memory, memoryLimit }: Resources) {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** One pod at a time may be evicted when a node is drained. */
export const oneAtATime = { enabled: true, maxUnavailable: 1 };

/**
 * Preferred, as for our own pods, and each revision by itself.
 *
 * @param name the chart's `app.kubernetes.io/name`; absent for a chart that selects its own pods
 */
export function helmSpread(name?: string) {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    matchLabelKeys: ['pod-template-hash'],
    ...(name && { labelSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }),
  }));
}
