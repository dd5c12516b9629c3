import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow } from '../constructs/allow';
import { wave } from '../constructs/sync-wave';
import { jenkinsNamespace } from '../environments/namespaces';

/** The controller's account. Its token is mounted: agents are pods that the controller makes, watches and removes. */
export const controllerAccount = 'jenkins';

/** Lets the controller have agents in the namespace of the chart, and nothing else there. */
export function agentsRole(scope: Construct): void {
  const name = 'jenkins-agents';
  const role = new kplus.k8s.KubeRole(scope, 'agents-role', {
    metadata: { name, annotations: wave('prerequisites') },
    rules: [
      {
        apiGroups: [''],
        resources: ['pods'],
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      },
      { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      // Why an agent does not start.
      { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch'] },
    ],
  });
  allow(
    role,
    'rbac-create-pods',
    'an agent is a pod that the controller makes for one build and removes after it',
  );
  allow(role, 'rbac-exec', 'a step of a pipeline is a command in a container of the agent');
  new kplus.k8s.KubeRoleBinding(scope, 'agents-role-binding', {
    metadata: { name, annotations: wave('prerequisites') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: '', kind: 'ServiceAccount', name: controllerAccount, namespace: jenkinsNamespace }],
  });
}

/** An account whose token no pod gets unless its template says so. */
export function serviceAccount(scope: Construct, name: string): kplus.ServiceAccount {
  return new kplus.ServiceAccount(scope, name, {
    metadata: { name, annotations: wave('prerequisites') },
    automountToken: false,
  });
}
