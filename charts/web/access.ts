import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from '../constructs/sync-wave';
import { accounts, namespace } from '../jenkins/place';

/** The pipeline reads how its Rollout fares, that one and nothing else: what it changes, it commits (docs/decisions/0001-a-deploy-is-a-commit.md). */
export function rolloutReader(scope: Construct, rollout: string): void {
  const name = 'rollout-reader';
  new kplus.k8s.KubeRole(scope, 'reader', {
    metadata: { name, annotations: wave('prerequisites') },
    rules: [
      {
        apiGroups: ['argoproj.io'],
        resources: ['rollouts'],
        resourceNames: [rollout],
        verbs: ['get', 'watch'],
      },
    ],
  });
  new kplus.k8s.KubeRoleBinding(scope, 'reader-binding', {
    metadata: { name, annotations: wave('prerequisites') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: '', kind: 'ServiceAccount', name: accounts.deployer, namespace }],
  });
}
