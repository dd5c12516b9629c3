import { containersOf } from '../../model/pods';
import { ofContainers, ofPods } from '../../rule';
import { ruleWords } from '../../rule-words';

export const duplicateVariable = ofContainers(ruleWords['duplicate-variable'], function* ({ env = [] }, { pod }) {
  if (pod.owner.object.kind !== 'Rollout') return;
  const names = env.map(({ name }) => name);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) < i) yield [`${name} is there already`, 'env', i];
});

export const duplicatePort = ofPods(ruleWords['duplicate-port'], function* (pod) {
  const seen = new Set<string>();
  for (const { container, path } of containersOf(pod).filter(({ stays }) => stays))
    for (const [i, { containerPort, protocol = 'TCP' }] of (container.ports ?? []).entries()) {
      const port = `${protocol} ${containerPort}`;
      if (seen.has(port))
        yield [`${port} is taken already`, ...path.slice(pod.path.length), 'ports', i, 'containerPort'];
      seen.add(port);
    }
});
