import { replicated, scaleOf } from '../../model/scaling';
import { selects } from '../../model/selection';
import { ofPods } from '../../rule';

export const priority = ofPods({
  id: 'priority',
  level: 'warn',
  title: 'Every pod names its priority.',
  why: 'When a node is lost, the scheduler decides by priority which pods may stay. A pod that names none has 0, which happens to be above staging and below production.',
  fix: 'Set `priorityClassName` (charts/constructs/hardened.ts does).',
  *judge({ spec }) {
    if (!spec.priorityClassName) yield ['names no priority', 'spec'];
  },
});

export const spread = ofPods({
  id: 'spread',
  level: 'high',
  title: 'The pods of a workload are spread over nodes, by labels that they really have.',
  why: 'The scheduler may put all of them on one node, and when that node is lost, the service is lost. A constraint whose selector matches no pod silently spreads nothing.',
  fix: 'Add `topologySpreadConstraints` over zone and hostname with the selector of the workload (charts/constructs/hardened.ts), or anti-affinity.',
  *judge({ owner, spec, labels }, tree) {
    const constraints = spec.topologySpreadConstraints ?? [];
    for (const [i, { labelSelector }] of constraints.entries())
      if (!labelSelector || !selects(labelSelector, labels))
        yield ['does not select the pods that it is to spread', 'spec', 'topologySpreadConstraints', i];
    const apart = Object.values(spec.affinity?.podAntiAffinity ?? {}).flat().length > 0;
    const chosen = (replicated as readonly string[]).includes(owner.object.kind);
    if (chosen && scaleOf(tree, owner).min >= 2 && constraints.length === 0 && !apart)
      yield ['may be all on one node', 'spec'];
  },
});
