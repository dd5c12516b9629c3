import { scaleOf, shareOf } from '../../model/scaling';
import { ofKinds } from '../../rule';

export const updateStrategy = ofKinds(['Deployment', 'StatefulSet', 'DaemonSet'], {
  id: 'update-strategy',
  level: 'high',
  title: 'During a deploy some pods always serve.',
  why: '`Recreate`, or a rolling update that may take all pods away, is an outage at each deploy; `OnDelete` deploys nothing until somebody deletes the pods.',
  fix: 'Use `RollingUpdate` with `maxUnavailable` below the number of pods; a workload of one pod may be recreated.',
  *judge({ kind, spec = {} }, manifest, tree) {
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
});
