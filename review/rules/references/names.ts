import { external } from '../../model/externals';
import { podsOf } from '../../model/pods';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

/** Where an object names another, and what happens when that one is missing. */
interface Reference {
  readonly manifest: Manifest;
  readonly path: readonly (string | number)[];
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

function* missing(tree: Tree, references: Iterable<Reference>) {
  for (const { manifest, path, kind, namespace, name } of references)
    if (!tree.find(kind, namespace, name) && !external(kind, namespace, name))
      yield { manifest, path, message: `${kind} ${name} does not exist` };
}

export const serviceAccountExists: Rule = {
  id: 'service-account-exists',
  level: 'critical',
  title: 'The service account of a pod exists.',
  why: 'The API server refuses to create the pod; its Deployment shows zero replicas and an event.',
  fix: 'Create the ServiceAccount in the same namespace, or correct the name.',
  check: ({ tree }) =>
    missing(
      tree,
      podsOf(tree).flatMap(({ owner, path, spec }) =>
        spec.serviceAccountName
          ? {
              manifest: owner,
              path: [...path, 'spec', 'serviceAccountName'],
              kind: 'ServiceAccount',
              namespace: owner.object.metadata.namespace,
              name: spec.serviceAccountName,
            }
          : [],
      ),
    ),
};

export const claimExists: Rule = {
  id: 'claim-exists',
  level: 'critical',
  title: 'The volume claim of a pod exists.',
  why: 'The pod stays Pending: the scheduler waits for the claim.',
  fix: 'Create the PersistentVolumeClaim in the same namespace, or correct the name.',
  check: ({ tree }) =>
    missing(
      tree,
      podsOf(tree).flatMap(({ owner, path, spec }) =>
        [...(spec.volumes ?? []).entries()].flatMap(([i, volume]: [number, any]) =>
          volume?.persistentVolumeClaim
            ? {
                manifest: owner,
                path: [...path, 'spec', 'volumes', i, 'persistentVolumeClaim', 'claimName'],
                kind: 'PersistentVolumeClaim',
                namespace: owner.object.metadata.namespace,
                name: volume.persistentVolumeClaim.claimName,
              }
            : [],
        ),
      ),
    ),
};

export const classExists: Rule = {
  id: 'class-exists',
  level: 'high',
  title: 'Every class that is named exists: of storage, priority, ingress and runtime.',
  why: 'A claim of an unknown StorageClass stays Pending, an Ingress of an unknown class is nobody’s, and a pod of an unknown priority is refused.',
  fix: 'Use a class of charts/classes.ts, or add one there.',
  check: ({ tree }) => missing(tree, classes(tree)),
};

function* classes(tree: Tree): Generator<Reference> {
  for (const { owner, path, spec } of podsOf(tree))
    for (const [field, kind] of [
      ['priorityClassName', 'PriorityClass'],
      ['runtimeClassName', 'RuntimeClass'],
    ] as const)
      if (spec[field]) yield { manifest: owner, path: [...path, 'spec', field], kind, name: spec[field] };
  for (const manifest of tree.ofKind('PersistentVolumeClaim'))
    if (manifest.object.spec?.storageClassName)
      yield {
        manifest,
        path: ['spec', 'storageClassName'],
        kind: 'StorageClass',
        name: manifest.object.spec.storageClassName,
      };
  for (const manifest of tree.ofKind('StatefulSet'))
    for (const [i, { spec }] of (manifest.object.spec?.volumeClaimTemplates ?? []).entries())
      if (spec?.storageClassName)
        yield {
          manifest,
          path: ['spec', 'volumeClaimTemplates', i, 'spec', 'storageClassName'],
          kind: 'StorageClass',
          name: spec.storageClassName,
        };
  for (const manifest of tree.ofKind('Ingress'))
    if (manifest.object.spec?.ingressClassName)
      yield {
        manifest,
        path: ['spec', 'ingressClassName'],
        kind: 'IngressClass',
        name: manifest.object.spec.ingressClassName,
      };
  for (const manifest of tree.ofKind('IngressClass')) {
    const { parameters } = manifest.object.spec ?? {};
    if (parameters && parameters.scope !== 'Namespace')
      yield { manifest, path: ['spec', 'parameters', 'name'], kind: parameters.kind, name: parameters.name };
  }
}

export const namespaceExists: Rule = {
  id: 'namespace-exists',
  level: 'critical',
  title: 'The namespace of every object exists.',
  why: 'The API server refuses the object, and the sync of its Application fails.',
  fix: 'Create the Namespace, or correct the name.',
  *check({ tree }) {
    const made = new Set(tree.ofKind('Namespace').map(({ object }) => object.metadata.name));
    for (const { object } of tree.ofKind('Application'))
      if (object.spec?.syncPolicy?.syncOptions?.includes('CreateNamespace=true'))
        made.add(object.spec.destination?.namespace);
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
        message: `nothing makes Namespace ${namespace}`,
      };
    }
  },
};

export const bindingExists: Rule = {
  id: 'binding-exists',
  level: 'high',
  title: 'A binding binds a role that exists to service accounts that exist.',
  why: 'Nothing refuses such a binding; the program is told `forbidden` when it first asks. And whoever creates the missing account later gets the rights.',
  fix: 'Correct kind, name and namespace of the role or of the subject.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('RoleBinding', 'ClusterRoleBinding')) {
      const { roleRef = {}, subjects = [], metadata } = manifest.object;
      const namespace = roleRef.kind === 'ClusterRole' ? undefined : metadata.namespace;
      const references: Reference[] = [
        { manifest, path: ['roleRef', 'name'], kind: roleRef.kind, namespace, name: roleRef.name },
      ];
      for (const [i, subject] of (subjects as any[]).entries())
        if (subject?.kind === 'ServiceAccount' && isSeen(tree, subject.namespace))
          references.push({
            manifest,
            path: ['subjects', i, 'name'],
            kind: 'ServiceAccount',
            namespace: subject.namespace,
            name: subject.name,
          });
      yield* missing(tree, references);
    }
  },
};

/** The accounts of a namespace that a chart fills are not to be seen here. */
function isSeen(tree: Tree, namespace: string): boolean {
  return (
    tree.find('Namespace', undefined, namespace) !== undefined ||
    podsOf(tree).some(({ owner }) => owner.object.metadata.namespace === namespace)
  );
}
