import { containersOf, templateOf } from '../../model/pods';
import { replicated, scaleOf, scalersOf, targetOf } from '../../model/scaling';
import { ofKinds, type TreeRule } from '../../rule';

export const singleReplica: TreeRule = {
  id: 'single-replica',
  level: 'high',
  title: 'Every workload has at least two pods, or a reason for having one.',
  why: 'The only pod is missing at every deploy, every drain and every crash, for as long as it takes to start.',
  fix: 'Raise `replicas`, or the minimum of the autoscaler; a workload that must be alone needs an exception with its reason.',
  *check({ tree }) {
    for (const manifest of tree.ofKind(...replicated)) {
      const { min, scaler } = scaleOf(tree, manifest);
      // 0 is switched off on purpose; KEDA's 0 is a queue that is empty.
      if (min === 0 || min >= 2) continue;
      const message = `keeps ${min} pod of ${manifest.object.metadata.name} at rest`;
      if (scaler) yield { manifest: scaler.manifest, path: ['spec'], message };
      else yield { manifest, path: ['spec', 'replicas'], message: `has ${min} pod` };
    }
  },
};

export const scalerRange: TreeRule = {
  id: 'scaler-range',
  level: 'warn',
  title: 'An autoscaler can scale: its maximum is above its minimum.',
  why: 'When both are equal, the number never changes, whatever the load. The API server refuses a maximum below the minimum.',
  fix: 'Raise the maximum, or remove the autoscaler and write `replicas`.',
  *check({ tree }) {
    for (const workload of tree.ofKind(...replicated, 'ReplicaSet'))
      for (const { manifest, most, least } of scalersOf(tree, workload))
        if (most <= least)
          yield {
            manifest,
            path: ['spec', manifest.object.kind === 'ScaledObject' ? 'maxReplicaCount' : 'maxReplicas'],
            message: `${most} is not above the minimum, ${least}`,
          };
  },
};

export const scalerRequests = ofKinds(['HorizontalPodAutoscaler'], {
  id: 'scaler-requests',
  level: 'high',
  title: 'When an autoscaler counts in percent, its pods request what it counts.',
  why: 'The percentage is of the request: when one container has none, the autoscaler reports `FailedGetResourceMetric` and never scales.',
  fix: 'Set the request in every container of the pod, or count in absolute values.',
  *judge({ metadata, spec }, manifest, tree) {
    const { kind = '', name: target = '' } = targetOf(manifest);
    const owner = tree.find(kind, metadata.namespace, target);
    const containers = owner ? templateOf(owner).flatMap(containersOf) : [];
    for (const [i, { type, resource }] of (spec?.metrics ?? []).entries()) {
      if (type !== 'Resource' || resource?.target?.type !== 'Utilization') continue;
      const { name = '' } = resource;
      const without = containers.flatMap(({ container: { name: of, resources }, stays }) =>
        stays && !resources?.requests?.[name] && !resources?.limits?.[name] ? [of] : [],
      );
      if (without.length > 0)
        yield [`${without.join(', ')} requests no ${name}`, 'spec', 'metrics', i, 'resource'];
    }
  },
});
