import { enforcedOn } from '../../model/namespace-level';
import { ofPods } from '../../rule';

export const hostPathRefused = ofPods({
  id: 'host-path-refused',
  level: 'critical',
  title: 'No pod mounts a path of its node in a namespace that forbids it.',
  why: 'Admission refuses the pod: the workload shows no replicas. The usual reason is a socket of the Datadog agent.',
  fix: 'Reach the agent by TCP and UDP through its node-local Service; for anything else use a volume that the namespace allows.',
  *judge({ owner, spec }, tree) {
    const { level = 'privileged' } = enforcedOn(tree, owner);
    const refused = `is refused: namespace ${owner.object.metadata.namespace} enforces ${level}`;
    for (const [i, { hostPath }] of (spec.volumes ?? []).entries())
      if (hostPath && level !== 'privileged')
        yield [`${hostPath.path} ${refused}`, 'spec', 'volumes', i, 'hostPath'];
  },
});
