import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { clusterScoped } from '../constructs/cluster-scoped';
import { wave } from '../constructs/sync-wave';

/** The name of the operator's account, and of the lease by which it elects itself (cmd/main.go of release 1.29.0). */
const [name, lease] = ['datadog-operator', 'datadog-operator-lock'];

/**
 * The operator's account, and all that it may do: read what is to be written to Datadog, and note what became of it. Its
 * chart would let it write every Secret, role and workload of the cluster, for agents that it does not make here. It says
 * at its start what it may not read, and goes on without (`AddWatch` in pkg/controller/utils/metadata/informer_runner.go);
 * but for the Namespaces, which it would ask for again and again, to tell Datadog which cluster it is.
 */
export function operatorRights(chart: Construct, namespace: string): void {
  const scope = new Construct(chart, 'operator-rights');
  const metadata = { name, annotations: wave('prerequisites') };
  // The chart's pod does not say that it wants the token.
  new kplus.ServiceAccount(scope, 'service-account', { metadata, automountToken: true });
  new kplus.k8s.KubeRole(scope, 'role', {
    metadata,
    rules: [
      // It puts its finalizer on each, so that what it has written goes with it.
      {
        apiGroups: ['datadoghq.com'],
        resources: ['datadoggenericresources'],
        verbs: ['get', 'list', 'watch', 'update'],
      },
      { apiGroups: ['datadoghq.com'], resources: ['datadoggenericresources/status'], verbs: ['update'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [lease],
        verbs: ['get', 'update'],
      },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    ],
  });
  const apiGroup = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  new kplus.k8s.KubeRoleBinding(scope, 'role-binding', {
    metadata,
    roleRef: { apiGroup, kind: 'Role', name },
    subjects,
  });
  clusterScoped(
    new kplus.k8s.KubeClusterRole(scope, 'cluster-role', {
      metadata,
      rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] }],
    }),
  );
  clusterScoped(
    new kplus.k8s.KubeClusterRoleBinding(scope, 'cluster-role-binding', {
      metadata,
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects,
    }),
  );
}
