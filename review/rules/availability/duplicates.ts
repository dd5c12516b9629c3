import { containersOf } from '../../model/pods';
import { ofContainers, ofPods } from '../../rule';

export const duplicateVariable = ofContainers({
  id: 'duplicate-variable',
  level: 'warn',
  title: 'No environment variable of a Rollout is written twice.',
  why: 'The last one wins, whatever the first one says.',
  fix: 'Remove one of them.',
  *judge({ env = [] }, { pod }) {
    if (pod.owner.object.kind !== 'Rollout') return;
    const names = env.map(({ name }) => name);
    for (const [i, name] of names.entries())
      if (names.indexOf(name) < i) yield [`${name} is there already`, 'env', i];
  },
});

export const duplicatePort = ofPods({
  id: 'duplicate-port',
  level: 'warn',
  title: 'No port of a pod is declared twice.',
  why: 'Two containers of a pod share one network: the second that listens on a port fails to start.',
  fix: 'Give one of them another port.',
  *judge(pod) {
    const seen = new Set<string>();
    for (const { container, path } of containersOf(pod).filter(({ stays }) => stays))
      for (const [i, { containerPort, protocol = 'TCP' }] of (container.ports ?? []).entries()) {
        const port = `${protocol} ${containerPort}`;
        if (seen.has(port))
          yield [`${port} is taken already`, ...path.slice(pod.path.length), 'ports', i, 'containerPort'];
        seen.add(port);
      }
  },
});
