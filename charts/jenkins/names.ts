import type { PodLabels } from '../constructs/network-policy';
import { loadBalanced } from '../environments/load-balanced';
import { jenkinsNamespace } from '../environments/namespaces';
import { type NodeGroup, tolerationsOf } from '../environments/node-groups';
import type { SystemNames } from '../environments/system';

/** The user interface and its API; what agents connect to. */
export const jenkinsPorts = { http: loadBalanced.jenkins.port, agent: 50000 } as const;

/** Labels that select the controller; they never change, because a selector cannot. */
export function controllerLabels({ name }: SystemNames): PodLabels {
  return {
    'app.kubernetes.io/name': 'jenkins',
    'app.kubernetes.io/component': 'controller',
    'app.kubernetes.io/part-of': name,
  };
}

/** Labels of every agent, whatever its template. */
export function agentLabels({ name }: SystemNames): PodLabels {
  return { 'app.kubernetes.io/name': 'jenkins-agent', 'app.kubernetes.io/part-of': name };
}

/** The claim of the controller's volume. */
export const homeClaim = 'jenkins-home';

/** The accounts of the agents that act outside Jenkins: one pushes images, one those of pull requests, one reads a Rollout. */
export function agentAccounts({ prefix }: SystemNames) {
  return {
    builder: `${prefix}-builder`,
    previewBuilder: `${prefix}-preview-builder`,
    deployer: `${prefix}-deployer`,
  } as const;
}

/** The name a pod of the cluster finds a Service of Jenkins by. */
export function jenkinsHost(service: string): string {
  return `${service}.${jenkinsNamespace}.svc.cluster.local`;
}

/** On the nodes of a group, whatever else it takes. */
export function onNodesOf(group: NodeGroup) {
  return { nodeSelector: { workload: group.workload }, tolerations: tolerationsOf([group]) };
}
