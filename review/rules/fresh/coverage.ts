import { applicationsOf, deliveredBy, sourcesOf } from '../../model/applications';
import { groupedBy } from '../../model/collections';
import { folderOf } from '../../model/identity';
import { inSystem } from '../../model/tree';
import { ofKinds, ofTree } from '../../rule-of';

export const applicationPath = ofKinds('application-path', ['Application'], function* (_, manifest, tree) {
  // The Application that a person applies reads this repository.
  const root = tree.ofKind('Application').find(({ chart }) => chart === 'bootstrap');
  const { repoURL: ours, targetRevision: followed } = root?.object.spec?.source ?? {};
  const folder = sourcesOf(manifest).find(
    ({ path, chart, repoURL }) => path && !chart && (ours === undefined || repoURL === ours),
  );
  if (folder && followed && folder.targetRevision !== followed)
    yield [
      `follows ${folder.targetRevision ?? 'HEAD'}, and the root Application ${followed}: what merges does not reach it`,
      ...['spec', 'source', 'targetRevision'],
    ];
  if (folder && deliveredBy(tree, manifest).length === 0)
    yield [`${folder.path} holds no manifest`, 'spec', 'source', 'path'];
});

export const uncovered = ofTree('uncovered-folder', function* ({ tree }) {
  const manifests = tree.manifests.filter(({ file }) => /^dist\/|^argocd\/(?!bootstrap)/.test(inSystem(file)));
  for (const [folder, all] of groupedBy(manifests, ({ file }) => folderOf(file))) {
    const [manifest, ...more] = all.filter((each) => applicationsOf(tree, each).length === 0);
    if (!manifest) continue;
    const [is, others] = more.length + 1 === all.length ? [folder, []] : ['the file', more];
    for (const each of [manifest, ...others])
      yield {
        manifest: each,
        path: [],
        message: `${is} is read by no Application: Argo CD prunes what was in it`,
      };
  }
});
