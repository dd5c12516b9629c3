import { type Classify, subjectOf } from '../finding';
import { podsIn } from '../pods';
import { podsOfScale, scaleOf } from '../scale';
import { syncOptions } from '../sync-options';

/** What comes and what goes, when no graver class has said so. */
export const presence: Classify = function* (change, { after: side }) {
  const { status, after, before } = change;
  const { object } = subjectOf(change);
  if (status === 'added' && after) {
    const pods =
      podsIn(after) && !/^(CronJob|DaemonSet|Pod)$/.test(object.kind)
        ? `: ${podsOfScale(scaleOf(after, side))}`
        : '';
    yield {
      level: 'info',
      path: [],
      after: object.kind,
      says: `is new${pods}`,
      why: 'Argo CD creates it at the next sync.',
      fix: 'nothing',
    };
  }
  if (status === 'removed' && before)
    yield {
      class: 'removed',
      level: 'info',
      path: [],
      before: object.kind,
      says: syncOptions(object).has('Prune=false')
        ? 'is removed from git and stays in the cluster (Prune=false)'
        : 'is deleted by Argo CD',
      why: 'It is no longer in git, and the Applications prune.',
      fix: 'nothing, if nobody needs it any more',
    };
};
