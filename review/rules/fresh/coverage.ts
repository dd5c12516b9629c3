import { applicationsOf, deliveredBy, sourcesOf } from '../../model/applications';
import { folderOf } from '../../model/identity';
import { ofKinds, type TreeRule } from '../../rule';
import { ruleWords } from '../../rule-words';

export const applicationPath = ofKinds(
  ruleWords['application-path'],
  ['Application'],
  function* (_, manifest, tree) {
    // The Application that a person applies reads this repository.
    const root = tree.ofKind('Application').find(({ chart }) => chart === 'bootstrap');
    const ours = root?.object.spec?.source?.repoURL;
    const folder = sourcesOf(manifest).find(
      ({ path, chart, repoURL }) => path && !chart && (ours === undefined || repoURL === ours),
    );
    if (folder && deliveredBy(tree, manifest).length === 0)
      yield [`${folder.path} holds no manifest`, 'spec', 'source', 'path'];
  },
);

export const uncovered: TreeRule = {
  ...ruleWords['uncovered-folder'],
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
