import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { clusterScoped } from '../constructs/cluster-scoped';
import { wave } from '../constructs/sync-wave';

export interface ApiRight {
  readonly group?: string;
  readonly resources: readonly string[];
  readonly verbs: readonly ('get' | 'list' | 'watch')[];
}

/** An account that may read these things in the whole cluster, and write nothing. */
export function grantRights(
  scope: Construct,
  { name, namespace, rights }: { name: string; namespace: string; rights: readonly ApiRight[] },
): kplus.ServiceAccount {
  const metadata = { name, annotations: wave('prerequisites') };
  const account = new kplus.ServiceAccount(scope, 'service-account', { metadata, automountToken: false });
  clusterScoped(
    new kplus.k8s.KubeClusterRole(scope, 'cluster-role', {
      metadata,
      rules: rights.map(({ group = '', resources, verbs }) => ({
        apiGroups: [group],
        resources: [...resources],
        verbs: [...verbs],
      })),
    }),
  );
  clusterScoped(
    new kplus.k8s.KubeClusterRoleBinding(scope, 'cluster-role-binding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
  );
  return account;
}
