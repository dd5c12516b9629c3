import type { Policy } from '../chart-folder';

/**
 * House policy for every pod: the kernel's default system calls, no environment variables made of Services, the priority of
 * the environment, and replicas spread over zones and nodes.
 */
export function hardened(priorityOf: (chart: string) => string): Policy {
  return ({ kind, spec }, { chart }) => {
    const template = (kind === 'CronJob' ? spec.jobTemplate.spec : spec)?.template;
    if (!workloads.includes(kind)) return;
    // cdk8s-plus' own selector label, a hash of the construct's path: nothing of ours selects by it, and a moved
    // construct would restart its pods. Only its own workloads have one.
    delete template.metadata?.labels?.['cdk8s.io/metadata.addr'];
    template.spec.enableServiceLinks = false;
    template.spec.priorityClassName = priorityOf(chart.node.id);
    template.spec.securityContext.seccompProfile = { type: 'RuntimeDefault' };
    const labels = spec.selector?.matchLabels;
    // A DaemonSet's pods have no choice of node.
    if (labels && kind !== 'DaemonSet') template.spec.topologySpreadConstraints = spread(labels, kind);
  };
}

const workloads = ['Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];

/**
 * Preferred, not required: with two zones and three nodes a required spread would keep pods pending when a zone is lost,
 * which is when they are needed most. Each revision is spread by itself, or a canary would fill the gaps of the old one.
 */
function spread(matchLabels: Record<string, string>, kind: string) {
  const revision = { Rollout: 'rollouts-pod-template-hash', Deployment: 'pod-template-hash' }[kind];
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
    ...(revision && { matchLabelKeys: [revision] }),
  }));
}
