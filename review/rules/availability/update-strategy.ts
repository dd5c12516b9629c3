import { scaleOf, shareOf } from '../../model/scaling';
import { ofKinds } from '../../rule-of';

export const updateStrategy = ofKinds(
  'update-strategy',
  ['Deployment', 'StatefulSet', 'DaemonSet'],
  function* ({ kind, spec = {} }, manifest, tree) {
    const field = 'strategy' in spec ? 'strategy' : 'updateStrategy';
    const { type, rollingUpdate } =
      ('strategy' in spec ? spec.strategy : 'updateStrategy' in spec ? spec.updateStrategy : undefined) ?? {};
    if (type === 'OnDelete') yield ['deploys nothing by itself (OnDelete)', 'spec', field];
    const { min } = scaleOf(tree, manifest);
    if (kind === 'DaemonSet' || min < 2) return;
    if (type === 'Recreate') yield [`ends all ${min} pods before the first new one`, 'spec', field];
    const { maxUnavailable = '25%' } = rollingUpdate ?? {};
    if (kind === 'Deployment' && shareOf(maxUnavailable, min, 'down') >= min)
      yield [`${maxUnavailable} of ${min} pods may be away at once`, 'spec', field];
  },
);
