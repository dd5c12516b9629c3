import { containersOf, templateOf } from '../../model/pods';
import { replicated, scaleOf, scalersOf, targetOf } from '../../model/scaling';
import { ofKinds, ofTree } from '../../rule-of';

export const singleReplica = ofTree('single-replica', function* ({ tree }) {
  for (const manifest of tree.ofKind(...replicated)) {
    const { min, scaler } = scaleOf(tree, manifest);
    // 0 is switched off on purpose; KEDA's 0 is a queue that is empty.
    if (min === 0 || min >= 2) continue;
    const message = `keeps ${min} pod of ${manifest.object.metadata.name} at rest`;
    if (scaler) yield { manifest: scaler.manifest, path: ['spec'], message };
    else yield { manifest, path: ['spec', 'replicas'], message: `has ${min} pod` };
  }
});

export const scalerRange = ofTree('scaler-range', function* ({ tree }) {
  for (const workload of tree.ofKind(...replicated, 'ReplicaSet'))
    for (const { manifest, most, least } of scalersOf(tree, workload))
      if (most <= least)
        yield {
          manifest,
          path: ['spec', manifest.object.kind === 'ScaledObject' ? 'maxReplicaCount' : 'maxReplicas'],
          message: `${most} is not above the minimum, ${least}`,
        };
});

export const scalerRequests = ofKinds(
  'scaler-requests',
  ['HorizontalPodAutoscaler'],
  function* ({ metadata, spec }, manifest, tree) {
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
);
