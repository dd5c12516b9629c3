import { deliveredBy, sourcesOf } from '../../model/applications';
import { external } from '../../model/externals';
import { type Delivered, glob, takes } from '../../model/projects';
import type { KubernetesObject, Manifest } from '../../model/tree';
import type { Rule } from '../../rule';

const path = (...keys: (string | number)[]) => ['spec', ...keys];

export const applicationProject: Rule = {
  id: 'application-project',
  level: 'critical',
  title:
    'The project of an Application exists, and allows its repository, its destination and every kind it delivers.',
  why: 'Argo CD refuses the whole Application, or the sync of the one object whose kind the project does not list.',
  fix: 'Name the right project, or add the repository, destination or kind to it.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Application')) {
      const { spec = {}, metadata } = manifest.object;
      const name = spec.project ?? 'default';
      const project = tree.find('AppProject', metadata.namespace, name)?.object.spec;
      if (!project) {
        if (!external('AppProject', metadata.namespace, name))
          yield { manifest, path: path('project'), message: `AppProject ${name} does not exist` };
        continue;
      }
      for (const { repoURL } of sourcesOf(manifest))
        if (!project.sourceRepos?.some((each: string) => glob(each, repoURL)))
          yield { manifest, path: path('project'), message: `AppProject ${name} does not allow ${repoURL}` };
      const { destination = {} } = spec;
      const allowed = project.destinations?.some(
        (each: any) =>
          glob(each.namespace ?? '', destination.namespace ?? '') &&
          (each.server
            ? glob(each.server, destination.server ?? '')
            : glob(each.name ?? '', destination.name ?? '')),
      );
      if (!allowed)
        yield {
          manifest,
          path: path('destination'),
          message: `AppProject ${name} does not allow namespace ${destination.namespace}`,
        };
      const refused = new Set(
        deliveredBy(tree, manifest)
          .filter(({ object }) => !takes(project, lookedAt(object)))
          .map(kindOf),
      );
      if (refused.size > 0)
        yield {
          manifest,
          path: path('project'),
          message: `AppProject ${name} does not allow ${[...refused].join(', ')}`,
        };
    }
  },
};

function lookedAt({ apiVersion, kind, metadata }: KubernetesObject): Delivered {
  return { group: groupOf(apiVersion), kind, name: metadata.name, namespaced: Boolean(metadata.namespace) };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '';
}

function kindOf({ object }: Manifest): string {
  return [groupOf(object.apiVersion), object.kind].filter(Boolean).join('/');
}

export const applicationNamespace: Rule = {
  id: 'application-namespace',
  level: 'critical',
  title: 'Everything that an Application delivers is in the namespace of its destination.',
  why: 'The project allows that one namespace: Argo CD refuses to sync what is in another.',
  fix: 'Move the object to a chart of its namespace: one chart makes the objects of one namespace.',
  *check({ tree }) {
    for (const application of tree.ofKind('Application')) {
      const { namespace } = application.object.spec?.destination ?? {};
      for (const manifest of deliveredBy(tree, application)) {
        const own = manifest.object.metadata.namespace;
        if (own !== undefined && namespace !== undefined && own !== namespace)
          yield {
            manifest,
            path: ['metadata', 'namespace'],
            message: `Application ${application.object.metadata.name} writes to ${namespace}`,
          };
      }
    }
  },
};

export const ignoredObject: Rule = {
  id: 'ignored-object',
  level: 'warn',
  title: 'What Argo CD is told to ignore exists.',
  why: 'A difference that is ignored on an object by its old name is shown, and put back, on the new one.',
  fix: 'Correct kind, group and name, or remove the entry.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Application')) {
      const delivered = deliveredBy(tree, manifest);
      // What a chart makes is not to be seen here.
      if (delivered.length === 0) continue;
      for (const [i, { kind, name, group }] of (manifest.object.spec?.ignoreDifferences ?? []).entries())
        if (
          name &&
          !delivered.some(
            ({ object }) =>
              object.kind === kind &&
              object.metadata.name === name &&
              groupOf(object.apiVersion) === (group ?? ''),
          )
        )
          yield {
            manifest,
            path: path('ignoreDifferences', i, 'name'),
            message: `${kind} ${name} is not delivered by it`,
          };
    }
  },
};
