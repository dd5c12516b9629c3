import { replicated, scaleOf, shareOf } from '../../model/scaling';
import { selectedBy } from '../../model/selection';
import { ofKinds } from '../../rule';

export const budgetMissing = ofKinds(replicated, {
  id: 'budget-missing',
  level: 'high',
  title: 'A workload with several pods has a PodDisruptionBudget.',
  why: 'Without one, a drain evicts all pods of a node at once, and an upgrade of the node group evicts all of them without waiting for new ones.',
  fix: 'Add a PodDisruptionBudget with `maxUnavailable: 1` (charts/constructs/keep-available.ts).',
  *judge(_, manifest, tree) {
    const { min } = scaleOf(tree, manifest);
    const kept = tree
      .ofKind('PodDisruptionBudget')
      .some((each) => selectedBy(tree, each).some(({ owner }) => owner === manifest));
    if (min >= 2 && !kept) yield [`${min} pods and no budget`, 'spec'];
  },
});

export const budgetBlocks = ofKinds(['PodDisruptionBudget'], {
  id: 'budget-blocks',
  level: 'high',
  title: 'A PodDisruptionBudget allows at least one eviction.',
  why: 'A PodDisruptionBudget that allows none blocks every drain: the node group cannot be upgraded, and the autoscaler never removes the node.',
  fix: 'Write `maxUnavailable: 1`, or a `minAvailable` below the least number of pods.',
  *judge({ spec = {} }, manifest, tree) {
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
});

export const budgetUnhealthy = ofKinds(['PodDisruptionBudget'], {
  id: 'budget-unhealthy',
  level: 'warn',
  title: 'A PodDisruptionBudget does not protect broken pods.',
  why: 'By default, pods that are not ready may not be evicted either: one pod in a crash loop blocks the drain of its node.',
  fix: 'Set `unhealthyPodEvictionPolicy: AlwaysAllow`.',
  *judge({ spec }) {
    if (spec?.unhealthyPodEvictionPolicy !== 'AlwaysAllow')
      yield ['keeps broken pods on their node', 'spec', 'unhealthyPodEvictionPolicy'];
  },
});
