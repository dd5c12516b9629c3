import { sourcesOf } from '../../applications';
import type { Rule } from '../../rule';
import type { Manifest, Tree } from '../../tree';

export const orphaned: Rule = {
  id: 'orphaned',
  level: 'high',
  title: 'What a commit deletes from an application that stays is still allowed by its project.',
  why: 'Argo CD does not see objects of a kind that the project does not allow. When the project loses the kind in the same commit, the object stays in the cluster, goes on working, and no Application shows it: an autoscaler that was switched off scales on.',
  fix: 'Add it to `leaving` in `charts/argocd/leaving.ts`, and take it out in a later commit, when this one is synced.',
  covers: [],
  *check({ tree, around }) {
    for (const file of around?.before ?? []) {
      const [, folder, kind, name] = /^(dist\/.+)\/([^/.]+)\.([^/]+)\.yaml$/.exec(file) ?? [];
      if (!folder || !kind || around?.texts.has(file)) continue;
      // An Application that goes takes its objects along before the project changes.
      for (const project of projectsOf(tree, folder))
        if (!allows(project, kind, name))
          yield {
            manifest: project,
            path: ['spec'],
            message: `does not allow ${kind} any more, so ${kind} ${name} of ${folder} would stay in the cluster`,
          };
    }
  },
};

function projectsOf(tree: Tree, folder: string): Manifest[] {
  const names = tree
    .ofKind('Application')
    .filter((application) => sourcesOf(application).some(({ path }) => path === folder))
    .map(({ object }) => object.spec.project);
  return tree.ofKind('AppProject').filter(({ object }) => names.includes(object.metadata.name));
}

function allows({ object }: Manifest, kind: string, name = ''): boolean {
  const { clusterResourceWhitelist = [], namespaceResourceWhitelist = [] } = object.spec ?? {};
  const fits = (pattern: unknown, text: string) => pattern === '*' || pattern === text;
  return [...clusterResourceWhitelist, ...namespaceResourceWhitelist].some(
    (each: any) => fits(each.kind, kind) && (each.name === undefined || fits(each.name, name)),
  );
}
