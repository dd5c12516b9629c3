import { replicated, scaleOf } from '../../model/scaling';
import { selects } from '../../model/selection';
import { ofPods } from '../../rule-of';

export const priority = ofPods('priority', function* ({ spec }) {
  if (!spec.priorityClassName) yield ['names no priority', 'spec'];
});

export const spread = ofPods('spread', function* ({ owner, spec, labels }, tree) {
  const constraints = spec.topologySpreadConstraints ?? [];
  for (const [i, { labelSelector }] of constraints.entries())
    if (!labelSelector || !selects(labelSelector, labels))
      yield ['does not select the pods that it is to spread', 'spec', 'topologySpreadConstraints', i];
  const apart = Object.values(spec.affinity?.podAntiAffinity ?? {}).flat().length > 0;
  const chosen = (replicated as readonly string[]).includes(owner.object.kind);
  if (chosen && scaleOf(tree, owner).min >= 2 && constraints.length === 0 && !apart)
    yield ['may be all on one node', 'spec'];
});
