import { applicationsOf, deliveredBy, sourcesOf } from '../../model/applications';
import { folderOf } from '../../model/identity';
import { ofKinds, type TreeRule } from '../../rule';

export const applicationPath = ofKinds(['Application'], {
  id: 'application-path',
  level: 'critical',
  title: 'Every Application reads a folder that exists.',
  why: 'Argo CD shows ComparisonError for an Application whose path is gone, and no longer syncs it. With an empty path it would prune everything.',
  fix: 'Correct the path, or remove the Application with its chart from charts/app.ts.',
  *judge(_, manifest, tree) {
    // The Application that a person applies reads this repository.
    const root = tree.ofKind('Application').find(({ chart }) => chart === 'bootstrap');
    const ours = root?.object.spec?.source?.repoURL;
    const folder = sourcesOf(manifest).find(
      ({ path, chart, repoURL }) => path && !chart && (ours === undefined || repoURL === ours),
    );
    if (folder && deliveredBy(tree, manifest).length === 0)
      yield [`${folder.path} holds no manifest`, 'spec', 'source', 'path'];
  },
});

export const uncovered: TreeRule = {
  id: 'uncovered-folder',
  level: 'critical',
  title: 'Every folder of dist/ is read by an Application.',
  why: 'What no Application reads is never applied, and nobody is told.',
  fix: 'List the chart in charts/app.ts: the Applications are made of the same list.',
  *check({ tree }) {
    const seen = new Set<string>();
    for (const manifest of tree.manifests) {
      const folder = folderOf(manifest.file);
      if (seen.has(folder) || !folder.startsWith('dist/')) continue;
      seen.add(folder);
      if (applicationsOf(tree, manifest).length === 0)
        yield { manifest, path: [], message: `${folder} is read by no Application` };
    }
  },
};
