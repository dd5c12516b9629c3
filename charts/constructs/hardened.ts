import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct, IMixin } from 'constructs';

const podSpecs: Record<string, string> = {
  Rollout: '/spec/template/spec',
  Deployment: '/spec/template/spec',
  StatefulSet: '/spec/template/spec',
  DaemonSet: '/spec/template/spec',
  Job: '/spec/template/spec',
  CronJob: '/spec/jobTemplate/spec/template/spec',
};

/**
 * House policy for every pod, applied once to a whole app: the kernel's default system calls, no environment variables
 * made of Services, the priority of the environment, and replicas spread over zones and nodes.
 */
export class Hardened implements IMixin {
  constructor(private readonly priorityClassName: string) {}

  public supports(construct: IConstruct): construct is ApiObject {
    return ApiObject.isApiObject(construct) && construct.kind in podSpecs;
  }

  public applyTo(construct: IConstruct): void {
    if (!this.supports(construct)) return;
    const pod = podSpecs[construct.kind] as string;
    const { spec } = construct.toJson();
    // cdk8s-plus' own selector label, a hash of the construct's path: nothing of ours selects by it, and a moved
    // construct would restart its pods. Only its own workloads have one.
    if ((spec.jobTemplate?.spec ?? spec).template.metadata?.labels?.['cdk8s.io/metadata.addr'])
      construct.addJsonPatch(
        JsonPatch.remove(`${pod.replace(/spec$/, 'metadata')}/labels/cdk8s.io~1metadata.addr`),
      );
    construct.addJsonPatch(
      JsonPatch.add(`${pod}/enableServiceLinks`, false),
      JsonPatch.add(`${pod}/priorityClassName`, this.priorityClassName),
      JsonPatch.add(`${pod}/securityContext/seccompProfile`, { type: 'RuntimeDefault' }),
    );
    const labels = spec.selector?.matchLabels;
    // A DaemonSet's pods have no choice of node.
    if (labels && construct.kind !== 'DaemonSet')
      construct.addJsonPatch(JsonPatch.add(`${pod}/topologySpreadConstraints`, spread(labels, construct.kind)));
  }
}

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
