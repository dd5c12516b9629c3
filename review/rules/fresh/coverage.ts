import { applicationsOf, deliveredBy, sourcesOf } from '../../model/applications';
import type { Rule } from '../../rule';

export const applicationPath: Rule = {
  id: 'application-path',
  level: 'critical',
  title: 'Every Application reads a folder that exists.',
  why: 'Argo CD shows ComparisonError for an Application whose path is gone, and syncs it no more; with a path that is empty it would prune everything.',
  fix: 'Correct the path, or remove the Application with its chart from charts/app.ts.',
  *check({ tree }) {
    // The Application that a person applies reads this repository.
    const ours = tree.ofKind('Application').find(({ chart }) => chart === 'bootstrap')?.object.spec
      ?.source?.repoURL;
    for (const manifest of tree.ofKind('Application')) {
      const folders = sourcesOf(manifest).filter(
        ({ path, chart, repoURL }) => path && !chart && (ours === undefined || repoURL === ours),
      );
      if (folders.length > 0 && deliveredBy(tree, manifest).length === 0)
        yield { manifest, path: ['spec', 'source', 'path'], message: `${folders[0].path} holds no manifest` };
    }
  },
};

export const uncovered: Rule = {
  id: 'uncovered-folder',
  level: 'critical',
  title: 'Every folder of dist/ is read by an Application.',
  why: 'What no Application reads is never applied, and nobody is told.',
  fix: 'List the chart in charts/app.ts, whose Applications are made of the same list.',
  *check({ tree }) {
    const seen = new Set<string>();
    for (const manifest of tree.manifests) {
      const folder = manifest.file.slice(0, manifest.file.lastIndexOf('/'));
      if (seen.has(folder) || !folder.startsWith('dist/')) continue;
      seen.add(folder);
      if (applicationsOf(tree, manifest).length === 0)
        yield { manifest, path: [], message: `${folder} is read by no Application` };
    }
  },
};
