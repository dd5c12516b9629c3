import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from '../constructs/sync-wave';
import { systemOf } from '../constructs/system';
import { jenkinsNamespace } from '../environments/namespaces';
import { agentAccounts } from './names';

/** Objects of one name that the pipeline may look at. */
export interface Readable {
  readonly apiGroup: string;
  readonly resource: string;
  readonly name: string;
  readonly verbs: readonly string[];
}

/** The pipeline reads how its deploy fares, these objects and nothing else: what it changes, it commits (docs/decisions/0001-a-deploy-is-a-commit.md). */
export function readByPipeline(scope: Construct, name: string, objects: readonly Readable[]): void {
  new kplus.k8s.KubeRole(scope, 'reader', {
    metadata: { name, annotations: wave('prerequisites') },
    rules: objects.map((each) => ({
      apiGroups: [each.apiGroup],
      resources: [each.resource],
      resourceNames: [each.name],
      verbs: [...each.verbs],
    })),
  });
  new kplus.k8s.KubeRoleBinding(scope, 'reader-binding', {
    metadata: { name, annotations: wave('prerequisites') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [
      {
        apiGroup: '',
        kind: 'ServiceAccount',
        name: agentAccounts(systemOf(scope)).deployer,
        namespace: jenkinsNamespace,
      },
    ],
  });
}
