import { enforcedOn } from '../../model/namespace-level';
import { ofPods } from '../../rule-of';

export const hostPathRefused = ofPods('host-path-refused', function* ({ owner, spec }, tree) {
  const { level = 'privileged' } = enforcedOn(tree, owner);
  const refused = `is refused: namespace ${owner.object.metadata.namespace} enforces ${level}`;
  for (const [i, { hostPath }] of (spec.volumes ?? []).entries())
    if (hostPath && level !== 'privileged')
      yield [`${hostPath.path} ${refused}`, 'spec', 'volumes', i, 'hostPath'];
});
