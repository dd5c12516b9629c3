import { replicated, scaleOf, shareOf } from '../../model/scaling';
import { selectedBy } from '../../model/selection';
import { ofKinds } from '../../rule-of';

export const budgetMissing = ofKinds('budget-missing', replicated, function* (_, manifest, tree) {
  const { min } = scaleOf(tree, manifest);
  const kept = tree
    .ofKind('PodDisruptionBudget')
    .some((each) => selectedBy(tree, each).some(({ owner }) => owner === manifest));
  if (min >= 2 && !kept) yield [`${min} pods and no budget`, 'spec'];
});

export const budgetBlocks = ofKinds(
  'budget-blocks',
  ['PodDisruptionBudget'],
  function* ({ spec = {} }, manifest, tree) {
    const { maxUnavailable, minAvailable } = spec;
    if (maxUnavailable === undefined && minAvailable === undefined)
      yield ['says neither `maxUnavailable` nor `minAvailable`', 'spec'];
    const scales = selectedBy(tree, manifest).map(({ owner }) => scaleOf(tree, owner));
    const replicas = scales.reduce((sum, { min }) => sum + min, 0);
    if (maxUnavailable !== undefined && shareOf(maxUnavailable, Math.max(replicas, 1)) === 0)
      yield [`${maxUnavailable} lets no pod go`, 'spec', 'maxUnavailable'];
    if (minAvailable === undefined || scales.length === 0 || shareOf(minAvailable, replicas) < replicas) return;
    const when = scales.some(({ scaler }) => scaler) ? ', when the autoscaler is at its minimum' : '';
    yield [`${minAvailable} of at least ${replicas} lets no pod go${when}`, 'spec', 'minAvailable'];
  },
);

export const budgetUnhealthy = ofKinds('budget-unhealthy', ['PodDisruptionBudget'], function* ({ spec }) {
  if (spec?.unhealthyPodEvictionPolicy !== 'AlwaysAllow')
    yield ['keeps broken pods on their node', 'spec', 'unhealthyPodEvictionPolicy'];
});
