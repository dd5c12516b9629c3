import { show, under } from '../../model/path';
import { type Classify, subjectOf } from '../finding';
import type { Change } from '../walk';
import { riskWords } from './risk-words';

interface Told {
  readonly field: string;
  readonly says: (change: Change) => string;
  readonly why: string;
  readonly fix: string;
}

const application: readonly Told[] = [
  {
    field: 'spec.destination',
    says: () => 'it deploys to another place',
    ...riskWords['other-place'],
  },
  {
    field: 'spec.source.targetRevision',
    says: ({ before, after }) => `it follows ${after}, no longer ${before}`,
    ...riskWords['other-source-version'],
  },
  {
    field: 'spec.source',
    says: ({ path }) => `${show(path)} changes, and with it what is deployed`,
    ...riskWords['other-source'],
  },
  {
    field: 'spec.sources',
    says: () => 'its sources change, and with them what is deployed',
    ...riskWords['other-sources'],
  },
  {
    field: 'spec.project',
    says: ({ before, after }) => `it moves from project ${before} to ${after}`,
    ...riskWords['other-project'],
  },
  {
    field: 'spec.syncPolicy.automated.prune',
    says: ({ after }) =>
      after
        ? 'what is removed from git is deleted from the cluster from now on'
        : 'what is removed from git stays in the cluster from now on',
    ...riskWords.prune,
  },
  {
    field: 'spec.syncPolicy.automated.selfHeal',
    says: ({ after }) =>
      after ? 'changes by hand are taken back from now on' : 'changes by hand stay from now on',
    ...riskWords['self-heal'],
  },
  {
    field: 'spec.syncPolicy',
    says: ({ path }) => `how it syncs is another rule: ${show(path.slice(2))}`,
    ...riskWords['sync-policy'],
  },
  {
    field: 'spec.ignoreDifferences',
    says: ({ path, after }) =>
      `${after === undefined ? 'no longer ignores' : 'ignores'} differences of ${(path[2] ?? '').replace(/^\[|]$/g, '') || 'some fields'}`,
    ...riskWords['ignored-differences'],
  },
];

const annotations: Readonly<Record<string, { says: string; why: string; fix: string }>> = {
  'argocd.argoproj.io/sync-wave': {
    says: 'it is applied at another point of the sync',
    ...riskWords['sync-wave'],
  },
  'argocd.argoproj.io/sync-options': {
    says: 'it is synced with other options',
    ...riskWords['sync-options'],
  },
  'argocd.argoproj.io/compare-options': {
    says: 'its differences count otherwise',
    ...riskWords['compare-options'],
  },
};

export const argo: Classify = function* (change) {
  const { before, after, changes, status } = change;
  if (!before || !after) return;
  const { kind } = subjectOf(change).object;
  for (const each of changes) {
    const { path } = each;
    const told = kind === 'Application' ? application.find(({ field }) => under(path, field)) : undefined;
    // Another revision or folder of this repository is in git: what it has not is pruned.
    const own =
      told?.field.startsWith('spec.source') && after.object.spec?.source?.path && !after.object.spec.source.chart;
    if (told)
      yield {
        level: own ? 'high' : 'warn',
        path,
        says: told.says(each),
        why: own
          ? 'Argo CD applies what is there, and prunes all that it delivered so far and does not find.'
          : told.why,
        fix: own ? 'compare the objects of both; check tells what no Application reads any more' : told.fix,
      };
    const [top, map, key = ''] = path;
    const note = top === 'metadata' && map === 'annotations' ? annotations[key] : undefined;
    if (note) yield { level: 'warn', path, ...note };
    if (kind === 'AppProject' && under(path, 'spec') && !widens(each))
      yield {
        ...riskWords['narrower-project'],
        path,
        says: `the project’s ${path[1]} ${each.after === undefined ? 'lose' : 'change'}`,
      };
  }
  if (status !== 'changed' || !change.moved) return;
  yield {
    ...riskWords['other-application'],
    path: [],
    before: `${before.environment}/${before.chart}`,
    after: `${after.environment}/${after.chart}`,
    says: `it moves from the Application of ${before.environment}/${before.chart} to that of ${after.environment}/${after.chart}`,
  };
};

/** Told as a right. */
function widens({ path: [, field = ''], before }: Change): boolean {
  return (
    before === undefined &&
    ['clusterResourceWhitelist', 'namespaceResourceWhitelist', 'destinations', 'sourceRepos'].includes(field)
  );
}
