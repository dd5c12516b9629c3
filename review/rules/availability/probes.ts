import { type Container, containersOf, isJob } from '../../model/pods';
import { selectedBy } from '../../model/selection';
import { ofContainers, ofPods } from '../../rule-of';

export const readinessProbe = ofPods('readiness-probe', function* (pod, tree) {
  const served = tree.ofKind('Service').some((each) => selectedBy(tree, each).includes(pod));
  if (!served || isJob(pod.owner)) return;
  const open = containersOf(pod).filter(({ stays }) => stays);
  // A pod is ready when all of its containers are: one that opens no port may leave it to the others.
  for (const { container, path } of open)
    if (!container.readinessProbe && (container.ports?.length || open.length === 1))
      yield [`${container.name} has no readinessProbe`, ...path.slice(pod.path.length)];
});

export const livenessProbe = ofContainers(
  'liveness-probe',
  function* (container, { pod: { owner }, path, stays }) {
    const serves = stays && path.at(-2) === 'containers' && !isJob(owner) && owner.object.kind !== 'Pod';
    if (serves && !container.livenessProbe) yield [`${container.name} has no livenessProbe`];
  },
);

type Probe = NonNullable<Container['container']['livenessProbe']>;
/** Seconds of silence until a probe has failed; the numbers are Kubernetes' defaults. */
const patience = ({ failureThreshold = 3, periodSeconds = 10 }: Probe) => failureThreshold * periodSeconds;

export const killingProbe = ofContainers('killing-probe', function* (container, { pod, stays }) {
  const { livenessProbe: live, readinessProbe: ready, startupProbe: start } = container;
  if (!stays || isJob(pod.owner)) return;
  // Until it has answered once nothing else is asked, and when it gives up the container is killed.
  const first = start ?? live;
  const until = (first?.initialDelaySeconds ?? 0) + (first ? patience(first) : 0);
  if (first && until < 30)
    yield [
      `kills ${until}s after the start, ${start ? 'and gives no more' : 'and no startupProbe waits for it'}`,
      start ? 'startupProbe' : 'livenessProbe',
    ];
  if (!live) return;
  const { failureThreshold = 3, timeoutSeconds = 1 } = live;
  const asks = live.httpGet ?? live.exec ?? live.grpc;
  if (failureThreshold < 2 || (asks && timeoutSeconds < 2 && failureThreshold < 3))
    yield [
      `kills after ${failureThreshold} answer${failureThreshold === 1 ? '' : 's'} of more than ${timeoutSeconds}s`,
      'livenessProbe',
    ];
  if (ready && (patience(live) < patience(ready) || timeoutSeconds < (ready.timeoutSeconds ?? 1)))
    yield ['kills before readiness takes the requests away: it is the stricter one', 'livenessProbe'];
});
