import { oncePer } from '../../model/collections';
import { podsOf } from '../../model/pods';
import type { Tree } from '../../model/tree';
import { ofKinds, ofPods, ofTree } from '../../rule-of';

/** Service accounts to which some role is bound: `namespace/name`. */
const boundAccounts = oncePer((tree: Tree): ReadonlySet<string> => {
  const accounts = tree
    .ofKind('RoleBinding', 'ClusterRoleBinding')
    .flatMap(({ object }) =>
      (object.subjects ?? []).flatMap(({ kind, namespace = object.metadata.namespace, name }) =>
        kind === 'ServiceAccount' ? [`${namespace}/${name}`] : [],
      ),
    );
  return new Set(accounts);
});

export const serviceAccountToken = ofPods('service-account-token', function* ({ owner, spec }, tree) {
  const { namespace } = owner.object.metadata;
  const name = spec.serviceAccountName ?? 'default';
  const account = tree.find('ServiceAccount', namespace, name)?.object;
  const mounted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
  if (mounted && !boundAccounts(tree).has(`${namespace}/${name}`))
    yield [`has the token of ${name}, which may do nothing`, 'spec', 'automountServiceAccountToken'];
});

export const defaultServiceAccount = ofKinds(
  'default-service-account',
  ['RoleBinding', 'ClusterRoleBinding'],
  function* ({ subjects = [], roleRef }) {
    for (const [i, { kind, name, namespace }] of subjects.entries())
      if (kind === 'ServiceAccount' && name === 'default')
        yield [`gives ${roleRef?.name} to the default account of ${namespace}`, 'subjects', i, 'name'];
  },
);

export const deprecatedServiceAccount = ofPods('deprecated-service-account-field', function* ({ spec }) {
  if (spec.serviceAccount !== undefined && spec.serviceAccount !== spec.serviceAccountName)
    yield [`${spec.serviceAccount} is in the deprecated field`, 'spec', 'serviceAccount'];
});

export const defaultNamespace = ofTree('default-namespace', function* ({ tree }) {
  for (const manifest of tree.manifests) {
    const { namespace } = manifest.object.metadata;
    if (namespace === 'default') yield { manifest, path: ['metadata', 'namespace'], message: 'is in default' };
  }
  // Without a namespace a workload goes wherever the Application happens to point.
  for (const { owner } of podsOf(tree))
    if (owner.object.metadata.namespace === undefined)
      yield { manifest: owner, path: ['metadata'], message: 'names no namespace' };
});
