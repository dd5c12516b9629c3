import { podsOf } from '../../model/pods';
import type { Tree } from '../../model/tree';
import { ofKinds, ofPods, type TreeRule } from '../../rule';

const bound = new WeakMap<Tree, ReadonlySet<string>>();

/** Service accounts to which some role is bound: `namespace/name`. */
function boundAccounts(tree: Tree): ReadonlySet<string> {
  const accounts = tree
    .ofKind('RoleBinding', 'ClusterRoleBinding')
    .flatMap(({ object }) =>
      (object.subjects ?? []).flatMap(({ kind, namespace = object.metadata.namespace, name }) =>
        kind === 'ServiceAccount' ? [`${namespace}/${name}`] : [],
      ),
    );
  const set = bound.get(tree) ?? new Set(accounts);
  bound.set(tree, set);
  return set;
}

export const serviceAccountToken = ofPods({
  id: 'service-account-token',
  level: 'high',
  title: 'Only pods that ask the API server have the token of their service account.',
  why: 'A token is a password for the cluster, in a file that any bug can leak. Pod Identity has a token of its own, and does not need this one.',
  fix: 'Set `automountServiceAccountToken: false` in the pod; where the program does ask the API server, bind its service account to a role.',
  *judge({ owner, spec }, tree) {
    const { namespace } = owner.object.metadata;
    const name = spec.serviceAccountName ?? 'default';
    const account = tree.find('ServiceAccount', namespace, name)?.object;
    const mounted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
    if (mounted && !boundAccounts(tree).has(`${namespace}/${name}`))
      yield [`has the token of ${name}, which may do nothing`, 'spec', 'automountServiceAccountToken'];
  },
});

export const defaultServiceAccount = ofKinds(['RoleBinding', 'ClusterRoleBinding'], {
  id: 'default-service-account',
  level: 'high',
  title: 'A default service account has no rights.',
  why: 'Every pod of the namespace that names no account runs as this one, with its rights.',
  fix: 'Create a ServiceAccount for the workload, and bind the role to that one.',
  *judge({ subjects = [], roleRef }) {
    for (const [i, { kind, name, namespace }] of subjects.entries())
      if (kind === 'ServiceAccount' && name === 'default')
        yield [`gives ${roleRef?.name} to the default account of ${namespace}`, 'subjects', i, 'name'];
  },
});

export const deprecatedServiceAccount = ofPods({
  id: 'deprecated-service-account-field',
  level: 'warn',
  title: 'A pod names its service account in `serviceAccountName`.',
  why: '`serviceAccount` is the old name of the field; where the two differ, one of them is not what its author believes.',
  fix: 'Rename the field.',
  *judge({ spec }) {
    if (spec.serviceAccount !== undefined && spec.serviceAccount !== spec.serviceAccountName)
      yield [`${spec.serviceAccount} is in the deprecated field`, 'spec', 'serviceAccount'];
  },
});

export const defaultNamespace: TreeRule = {
  id: 'default-namespace',
  level: 'high',
  title: 'Nothing is in the namespace `default`.',
  why: 'It has no Pod Security level, no quota and no network policy, and collects everybody’s forgotten objects.',
  fix: 'Give the object a namespace of its own environment.',
  *check({ tree }) {
    for (const manifest of tree.manifests) {
      const { namespace } = manifest.object.metadata;
      if (namespace === 'default') yield { manifest, path: ['metadata', 'namespace'], message: 'is in default' };
    }
    // Without a namespace a workload goes wherever the Application happens to point.
    for (const { owner } of podsOf(tree))
      if (owner.object.metadata.namespace === undefined)
        yield { manifest: owner, path: ['metadata'], message: 'names no namespace' };
  },
};
