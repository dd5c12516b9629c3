import { containersOf, isJob } from '../../model/pods';
import { selectedBy } from '../../model/selection';
import { ofContainers, ofPods } from '../../rule';
import { ruleWords } from '../../rule-words';

export const readinessProbe = ofPods(ruleWords['readiness-probe'], function* (pod, tree) {
  const served = tree.ofKind('Service').some((each) => selectedBy(tree, each).includes(pod));
  if (!served || isJob(pod.owner)) return;
  const open = containersOf(pod).filter(({ stays }) => stays);
  // A pod is ready when all of its containers are: one that opens no port may leave it to the others.
  for (const { container, path } of open)
    if (!container.readinessProbe && (container.ports?.length || open.length === 1))
      yield [`${container.name} has no readinessProbe`, ...path.slice(pod.path.length)];
});

export const livenessProbe = ofContainers(
  ruleWords['liveness-probe'],
  function* (container, { pod: { owner }, path, stays }) {
    const serves = stays && path.at(-2) === 'containers' && !isJob(owner) && owner.object.kind !== 'Pod';
    if (serves && !container.livenessProbe) yield [`${container.name} has no livenessProbe`];
  },
);
