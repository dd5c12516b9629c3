import { deliveredBy, sourcesOf } from '../../model/applications';
import { external } from '../../model/externals';
import { groupOf } from '../../model/identity';
import { glob, takes } from '../../model/projects';
import type { Manifest } from '../../model/tree';
import { ofKinds, ofTree } from '../../rule-of';

export const applicationProject = ofKinds(
  'application-project',
  ['Application'],
  function* ({ spec = {}, metadata }, manifest, tree) {
    const { project: name = 'default', destination = {} } = spec;
    const project = tree.find('AppProject', metadata.namespace, name)?.object.spec;
    const refuses = `AppProject ${name} does not allow`;
    if (!project) {
      if (!external('AppProject', metadata.namespace, name))
        yield [`AppProject ${name} does not exist`, 'spec', 'project'];
      return;
    }
    for (const { repoURL = '' } of sourcesOf(manifest))
      if (!project.sourceRepos?.some((each) => glob(each, repoURL)))
        yield [`${refuses} ${repoURL}`, 'spec', 'project'];
    const allowed = project.destinations?.some(
      (each) =>
        glob(each.namespace ?? '', destination.namespace ?? '') &&
        (each.server
          ? glob(each.server, destination.server ?? '')
          : glob(each.name ?? '', destination.name ?? '')),
    );
    if (!allowed) yield [`${refuses} namespace ${destination.namespace}`, 'spec', 'destination'];
    const refused = deliveredBy(tree, manifest).filter(
      ({ object: { apiVersion, kind, metadata: of } }) =>
        !takes(project, { group: groupOf(apiVersion), kind, name: of.name, namespaced: Boolean(of.namespace) }),
    );
    if (refused.length > 0)
      yield [`${refuses} ${[...new Set(refused.map(kindOf))].join(', ')}`, 'spec', 'project'];
  },
);

function kindOf({ object }: Manifest): string {
  return [groupOf(object.apiVersion), object.kind].filter(Boolean).join('/');
}

export const applicationNamespace = ofTree('application-namespace', function* ({ tree }) {
  for (const application of tree.ofKind('Application')) {
    const { namespace } = application.object.spec?.destination ?? {};
    const message = `Application ${application.object.metadata.name} writes to ${namespace}`;
    for (const manifest of deliveredBy(tree, application))
      if (namespace && (manifest.object.metadata.namespace ?? namespace) !== namespace)
        yield { manifest, path: ['metadata', 'namespace'], message };
  }
});

export const ignoredObject = ofKinds('ignored-object', ['Application'], function* ({ spec }, manifest, tree) {
  const delivered = deliveredBy(tree, manifest);
  // What a chart makes is not to be seen here.
  if (delivered.length === 0) return;
  for (const [i, { kind, name, group = '' }] of (spec?.ignoreDifferences ?? []).entries()) {
    const found = delivered.some(
      ({ object }) =>
        object.kind === kind && object.metadata.name === name && groupOf(object.apiVersion) === group,
    );
    if (name && !found) yield [`${kind} ${name} is not delivered by it`, 'spec', 'ignoreDifferences', i, 'name'];
  }
});
