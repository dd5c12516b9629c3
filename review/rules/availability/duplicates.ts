import { containersOf } from '../../model/pods';
import { ofPods } from '../../rule-of';

export const duplicatePort = ofPods('duplicate-port', function* (pod) {
  const seen = new Set<string>();
  for (const { container, path } of containersOf(pod).filter(({ stays }) => stays))
    for (const [i, { containerPort, protocol = 'TCP' }] of (container.ports ?? []).entries()) {
      const port = `${protocol} ${containerPort}`;
      if (seen.has(port))
        yield [`${port} is taken already`, ...path.slice(pod.path.length), 'ports', i, 'containerPort'];
      seen.add(port);
    }
});
