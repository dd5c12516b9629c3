import { show, under } from '../../model/path';
import { type Classify, subjectOf } from '../finding';
import type { Change } from '../walk';

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
    why: 'What it deployed stays where it was, without an owner, and is made a second time.',
    fix: 'remove the old objects by hand, or make a new Application and remove this one',
  },
  {
    field: 'spec.source.targetRevision',
    says: ({ before, after }) => `it follows ${after}, no longer ${before}`,
    why: 'What that version renders is not in this repository: its own changes come with it.',
    fix: 'read the release notes between the two; compare the rendered charts',
  },
  {
    field: 'spec.source',
    says: ({ path }) => `${show(path)} changes, and with it what is deployed`,
    why: 'What it renders is not in this repository.',
    fix: 'compare what both render (helm template, kustomize build)',
  },
  {
    field: 'spec.sources',
    says: () => 'its sources change, and with them what is deployed',
    why: 'What it renders is not in this repository.',
    fix: 'compare what both render',
  },
  {
    field: 'spec.project',
    says: ({ before, after }) => `it moves from project ${before} to ${after}`,
    why: 'Other kinds and places are allowed, and other people.',
    fix: 'make sure that the project allows every kind of the chart, or the sync fails',
  },
  {
    field: 'spec.syncPolicy.automated.prune',
    says: ({ after }) =>
      after
        ? 'what is removed from git is deleted from the cluster from now on'
        : 'what is removed from git stays in the cluster from now on',
    why: 'Prune decides whether a missing file is a deletion.',
    fix: 'look at what is out of sync before, because all of it is deleted',
  },
  {
    field: 'spec.syncPolicy.automated.selfHeal',
    says: ({ after }) =>
      after ? 'changes by hand are taken back from now on' : 'changes by hand stay from now on',
    why: 'Without self-heal the cluster may differ from git and nobody is told.',
    fix: 'nothing, if it is meant',
  },
  {
    field: 'spec.syncPolicy',
    says: ({ path }) => `how it syncs is another rule: ${show(path.slice(2))}`,
    why: 'It decides what a merge does by itself.',
    fix: 'compare with the other Applications',
  },
  {
    field: 'spec.ignoreDifferences',
    says: ({ path, after }) =>
      `${after === undefined ? 'no longer ignores' : 'ignores'} differences of ${(path[2] ?? '').replace(/^\[|]$/g, '') || 'some fields'}`,
    why: 'What is not ignored is set back to git, also what a controller wrote; what is ignored may differ for ever.',
    fix: 'ignore map keys that a controller writes, and nothing else',
  },
];

const annotations: Readonly<Record<string, { says: string; why: string; fix: string }>> = {
  'argocd.argoproj.io/sync-wave': {
    says: 'it is applied at another point of the sync',
    why: 'A wave waits until the one before is healthy; what it needs must be in an earlier one.',
    fix: 'compare with the waves of what it needs and of what needs it',
  },
  'argocd.argoproj.io/sync-options': {
    says: 'it is synced with other options',
    why: 'They decide how, and whether, it is applied and removed.',
    fix: 'nothing, if it is meant',
  },
  'argocd.argoproj.io/compare-options': {
    says: 'its differences count otherwise',
    why: 'An object that is not compared is never out of sync.',
    fix: 'nothing, if it is meant',
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
        level: 'warn',
        path,
        says: `the project’s ${path[1]} ${each.after === undefined ? 'lose' : 'change'}`,
        why: 'Applications that need what is no longer allowed fail to sync.',
        fix: 'compare with the kinds and places of the charts',
      };
  }
  if (status !== 'changed' || !change.moved) return;
  yield {
    level: 'warn',
    path: [],
    before: `${before.environment}/${before.chart}`,
    after: `${after.environment}/${after.chart}`,
    says: `it moves from the Application of ${before.environment}/${before.chart} to that of ${after.environment}/${after.chart}`,
    why: 'The old one prunes the object while the new one applies it; with FailOnSharedResource the new one fails until the old one has let go.',
    fix: 'sync the new one first with the object kept (Prune=false), then the old one; for what holds data this is the only safe order',
  };
};

/** Told as a right. */
function widens({ path: [, field = ''], before }: Change): boolean {
  return (
    before === undefined &&
    ['clusterResourceWhitelist', 'namespaceResourceWhitelist', 'destinations', 'sourceRepos'].includes(field)
  );
}
