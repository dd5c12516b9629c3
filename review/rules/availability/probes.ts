import { containersOf, isJob } from '../../model/pods';
import { selectedBy } from '../../model/selection';
import { ofContainers, ofPods } from '../../rule';

export const readinessProbe = ofPods({
  id: 'readiness-probe',
  level: 'high',
  title: 'A container that serves says when it is ready.',
  why: 'Without a probe, a pod gets requests before its program listens, and a deploy goes on although the new pods answer nothing.',
  fix: 'Add a `readinessProbe` to the container whose port the Service names.',
  *judge(pod, tree) {
    const served = tree.ofKind('Service').some((each) => selectedBy(tree, each).includes(pod));
    if (!served || isJob(pod.owner)) return;
    const open = containersOf(pod).filter(({ stays }) => stays);
    // A pod is ready when all of its containers are: one that opens no port may leave it to the others.
    for (const { container, path } of open)
      if (!container.readinessProbe && (container.ports?.length || open.length === 1))
        yield [`${container.name} has no readinessProbe`, ...path.slice(pod.path.length)];
  },
});

export const livenessProbe = ofContainers({
  id: 'liveness-probe',
  level: 'warn',
  title: 'A container that hangs is restarted.',
  why: 'A program that hangs without ending stays that way until a person looks.',
  fix: 'Add a `livenessProbe` that asks the program alone, never its database: an outage there must not restart every pod.',
  *judge(container, { pod: { owner }, path, stays }) {
    const serves = stays && path.at(-2) === 'containers' && !isJob(owner) && owner.object.kind !== 'Pod';
    if (serves && !container.livenessProbe) yield [`${container.name} has no livenessProbe`];
  },
});
