import { external } from '../../model/externals';
import { podsOf } from '../../model/pods';
import type { Manifest, Steps, Tree } from '../../model/tree';
import type { TreeRule } from '../../rule';
import { ofTree, type RuleId } from '../../rule-of';

/** Where an object names another: what, in which namespace, and under which field. */
type Reference = readonly [
  manifest: Manifest,
  kind: string | undefined,
  namespace: string | undefined,
  name: string | undefined,
  ...path: Steps,
];

/** A rule about what is named and does not exist; what is not named refers to nothing. */
function exists(id: RuleId, references: (tree: Tree) => Iterable<Reference>): TreeRule {
  return ofTree(id, function* ({ tree }) {
    for (const [manifest, kind, namespace, name, ...path] of references(tree))
      if (kind && name && !tree.find(kind, namespace, name) && !external(kind, namespace, name))
        yield { manifest, path, message: `${kind} ${name} does not exist` };
  });
}

export const serviceAccountExists = exists('service-account-exists', function* (tree) {
  for (const { owner, path, spec } of podsOf(tree)) {
    const { namespace } = owner.object.metadata;
    yield [owner, 'ServiceAccount', namespace, spec.serviceAccountName, ...path, 'spec', 'serviceAccountName'];
  }
});

export const claimExists = exists('claim-exists', function* (tree) {
  for (const { owner, path, spec } of podsOf(tree))
    for (const [i, { persistentVolumeClaim: claim }] of (spec.volumes ?? []).entries()) {
      const at = [...path, 'spec', 'volumes', i, 'persistentVolumeClaim', 'claimName'];
      yield [owner, 'PersistentVolumeClaim', owner.object.metadata.namespace, claim?.claimName, ...at];
    }
});

export const classExists = exists('class-exists', function* (tree) {
  for (const { owner, path, spec } of podsOf(tree)) {
    const at = [...path, 'spec'];
    yield [owner, 'PriorityClass', undefined, spec.priorityClassName, ...at, 'priorityClassName'];
    yield [owner, 'RuntimeClass', undefined, spec.runtimeClassName, ...at, 'runtimeClassName'];
  }
  for (const manifest of tree.ofKind('PersistentVolumeClaim')) {
    const { storageClassName } = manifest.object.spec ?? {};
    yield [manifest, 'StorageClass', undefined, storageClassName, 'spec', 'storageClassName'];
  }
  for (const manifest of tree.ofKind('StatefulSet'))
    for (const [i, { spec }] of (manifest.object.spec?.volumeClaimTemplates ?? []).entries()) {
      const path = ['spec', 'volumeClaimTemplates', i, 'spec', 'storageClassName'];
      yield [manifest, 'StorageClass', undefined, spec?.storageClassName, ...path];
    }
  for (const manifest of tree.ofKind('Ingress')) {
    const { ingressClassName } = manifest.object.spec ?? {};
    yield [manifest, 'IngressClass', undefined, ingressClassName, 'spec', 'ingressClassName'];
  }
  for (const manifest of tree.ofKind('IngressClass')) {
    const { kind, name, scope } = manifest.object.spec?.parameters ?? {};
    if (scope !== 'Namespace') yield [manifest, kind, undefined, name, 'spec', 'parameters', 'name'];
  }
});

export const namespaceExists = ofTree('namespace-exists', function* ({ tree }) {
  const made = new Set(tree.ofKind('Namespace').map(({ object }) => object.metadata.name));
  for (const { object } of tree.ofKind('Application'))
    if (object.spec?.syncPolicy?.syncOptions?.includes('CreateNamespace=true'))
      made.add(object.spec.destination?.namespace ?? '');
  const told = new Set<string>();
  for (const manifest of tree.manifests) {
    const { namespace } = manifest.object.metadata;
    if (namespace === undefined || made.has(namespace) || told.has(namespace)) continue;
    if (external('Namespace', undefined, namespace)) continue;
    // Once, at the first object of it.
    told.add(namespace);
    yield {
      manifest,
      path: ['metadata', 'namespace'],
      message: `names Namespace ${namespace}, which nothing makes`,
    };
  }
});

export const bindingExists = exists('binding-exists', function* (tree) {
  for (const manifest of tree.ofKind('RoleBinding', 'ClusterRoleBinding')) {
    const { roleRef: { kind, name } = {}, subjects = [], metadata } = manifest.object;
    yield [manifest, kind, kind === 'ClusterRole' ? undefined : metadata.namespace, name, 'roleRef', 'name'];
    for (const [i, subject] of subjects.entries())
      if (subject.kind === 'ServiceAccount' && isSeen(tree, subject.namespace))
        yield [manifest, subject.kind, subject.namespace, subject.name, 'subjects', i, 'name'];
  }
});

/** The accounts of a namespace that a chart fills are not to be seen here. */
function isSeen(tree: Tree, namespace = ''): boolean {
  return (
    tree.find('Namespace', undefined, namespace) !== undefined ||
    podsOf(tree).some(({ owner }) => owner.object.metadata.namespace === namespace)
  );
}

export const secretStore = exists('secret-store', function* (tree) {
  for (const manifest of tree.ofKind('ExternalSecret')) {
    const { kind = 'SecretStore', name } = manifest.object.spec?.secretStoreRef ?? {};
    yield [manifest, kind, placeOf(kind, manifest), name, 'spec', 'secretStoreRef', 'name'];
  }
});

export const triggerAuthentication = exists('trigger-authentication', function* (tree) {
  for (const manifest of tree.ofKind('ScaledObject'))
    for (const [i, { authenticationRef }] of (manifest.object.spec?.triggers ?? []).entries()) {
      const { kind = 'TriggerAuthentication', name } = authenticationRef ?? {};
      const path = ['spec', 'triggers', i, 'authenticationRef', 'name'];
      yield [manifest, kind, placeOf(kind, manifest), name, ...path];
    }
});

function placeOf(kind: string, { object }: Manifest): string | undefined {
  return kind.startsWith('Cluster') ? undefined : object.metadata.namespace;
}
