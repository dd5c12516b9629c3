import { sourcesOf } from '../../model/applications';
import { folderOf } from '../../model/identity';
import { takes } from '../../model/projects';
import { type Manifest, placeOf, type Tree } from '../../model/tree';
import { rule } from '../../rule-of';
import type { Schemas } from '../../schema/tables';

/** Kinds of which every object here has Prune=false: Argo CD leaves them in the cluster, allowed or not. */
const kept = ['Namespace', 'PersistentVolumeClaim'];

export const orphaned = rule('orphaned', function* ({ tree, around, schemas }) {
  for (const file of around?.before ?? []) {
    const [, folder, kind, name] = /^((?:examples\/[^/]+\/)?dist\/.+)\/([^/.]+)\.([^/]+)\.yaml$/.exec(file) ?? [];
    if (!folder || !kind || !name || around?.texts.has(file) || kept.includes(kind)) continue;
    // An Application that goes takes its objects along before the project changes.
    for (const project of projectsOf(tree, folder)) {
      if (allows(project, schemas, kind, name) || moved(tree, project, folder, kind, name)) continue;
      const { name: key } = project.object.metadata;
      yield {
        manifest: project,
        path: ['spec'],
        message: `${kind} ${name} of ${folder} is not allowed by the project any more and would stay in the cluster; write ${key}: [${entry(schemas, kind, name)}] into leaving of charts/argocd/leaving.ts`,
      };
    }
  }
});

function projectsOf(tree: Tree, folder: string): Manifest[] {
  const names = tree
    .ofKind('Application')
    .filter((application) => sourcesOf(application).some(({ path }) => path === folder))
    .map(({ object }) => object.spec?.project);
  return tree.ofKind('AppProject').filter(({ object }) => names.includes(object.metadata.name));
}

/** The file says no group. Where several have the kind, or none is known, one that is allowed will do. */
function allows({ object }: Manifest, schemas: Schemas, kind: string, name: string): boolean {
  const groups = schemas.groupsOf(kind);
  const could = groups.length > 0 ? groups : [{ namespaced: true }, { namespaced: false }];
  return could.some((each) => takes(object.spec ?? {}, { ...each, kind, name }));
}

/** Whether another chart of the environment has the object now. */
function moved(tree: Tree, project: Manifest, folder: string, kind: string, name: string): boolean {
  const { environment } = placeOf(folder);
  return tree
    .ofKind(kind)
    .some(
      ({ file, object, ...place }) =>
        place.environment === environment &&
        object.metadata.name === name &&
        projectsOf(tree, folderOf(file)).includes(project),
    );
}

/** As a person has to write it. */
function entry(schemas: Schemas, kind: string, name: string): string {
  const [known, another] = schemas.groupsOf(kind);
  const group = known && !another ? `'${known.group}'` : '…';
  return `{ group: ${group}, kind: '${kind}'${known?.namespaced === false ? `, name: '${name}'` : ''} }`;
}
