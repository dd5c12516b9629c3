import { type Danger, dangers, isEverybody, type Right, rightsOf } from '../../model/rights';
import { ofKinds, type Rule } from '../../rule';

const say = ({ verbs, resources }: Right) => `${verbs.join(', ')} of ${resources.join(', ')}`;

/** A role that grants something dangerous, told at the rule that does. */
function granted(
  rule: Omit<Rule, 'check' | 'level'> & { readonly id: keyof typeof dangers },
  message: (right: Right) => string = say,
): Rule {
  const { level, of }: Danger = dangers[rule.id];
  return ofKinds(['Role', 'ClusterRole'], {
    ...rule,
    level,
    *judge(role) {
      for (const [i, right] of rightsOf(role).entries()) if (of(right)) yield [message(right), 'rules', i];
    },
  });
}

export const rbacWildcard = granted(
  {
    id: 'rbac-wildcard',
    title: 'No role grants `*`.',
    why: 'It also grants what will be added later: every new resource, and every verb that Kubernetes invents.',
    fix: 'List the API groups, resources and verbs that the program uses.',
  },
  ({ groups, resources, verbs, urls }) =>
    `grants ${verbs.join(', ')} of ${[...resources, ...urls].join(', ')} in ${groups.join(', ') || 'no group'}`,
);

export const rbacSecrets = granted({
  id: 'rbac-secrets',
  title: 'A role reads only the Secrets that it names.',
  why: '`list` and `watch` return the content: whoever has them has every password of the namespace, or with a ClusterRole of the whole cluster.',
  fix: 'Grant `get` with `resourceNames`, or let External Secrets write what the program needs.',
});

export const rbacExec = granted({
  id: 'rbac-exec',
  title: 'No role may start a program in a pod, or attach to one.',
  why: 'Whoever may exec has the pod’s environment, its secrets and its network.',
  fix: 'Remove `pods/exec`, `pods/attach` and `pods/portforward`; a person works in the console’s own pod.',
});

export const rbacCreatePods = granted({
  id: 'rbac-create-pods',
  title: 'No role may create pods.',
  why: 'A pod may mount every Secret and run as every service account of its namespace.',
  fix: 'Let Argo CD create workloads. A controller that makes pods gets a namespace of its own.',
});

export const rbacEscalation = granted({
  id: 'rbac-escalation',
  title: 'No role may bind, escalate, impersonate, or sign certificates.',
  why: 'Each of them leads to any right at all.',
  fix: 'Remove the verb. Roles are written in git and delivered by Argo CD.',
});

export const rbacNodesProxy = granted({
  id: 'rbac-nodes-proxy',
  title: 'No role reaches the kubelet through `nodes/proxy`.',
  why: 'The kubelet runs commands in any pod of its node for whoever may use the proxy, past admission and audit.',
  fix: 'Grant the fine-grained `nodes/metrics`, `nodes/stats`, `nodes/pods` (Kubernetes 1.32 and later).',
});

export const rbacWebhooks = granted({
  id: 'rbac-webhooks',
  title: 'No role writes webhook configurations.',
  why: 'A webhook sees every object that is sent to the API server, Secrets too, and may change it.',
  fix: 'Remove `validatingwebhookconfigurations` and `mutatingwebhookconfigurations`.',
});

export const rbacTokens = granted({
  id: 'rbac-tokens',
  title: 'No role creates tokens of service accounts.',
  why: 'Whoever has a token of another service account has its rights, outside the cluster too and for as long as they like.',
  fix: 'Remove `serviceaccounts/token`, or restrict it by `resourceNames`.',
});

export const rbacVolumes = granted({
  id: 'rbac-volumes',
  title: 'No role creates PersistentVolumes.',
  why: 'A volume of type hostPath is the file system of a node, and a claim for it is allowed in a `restricted` namespace.',
  fix: 'Grant `persistentvolumeclaims`; a StorageClass makes the volumes.',
});

export const rbacBinding = ofKinds(['RoleBinding', 'ClusterRoleBinding'], {
  id: 'rbac-binding',
  level: 'critical',
  title: 'No binding makes anybody an administrator, or gives rights to everybody.',
  why: '`cluster-admin` is every right there is; a group like system:authenticated is every program in the cluster, and system:unauthenticated everybody who reaches the API server.',
  fix: 'Bind a role that lists what is needed to the service account that needs it. People get their rights by EKS access entries.',
  *judge({ roleRef, subjects = [], kind }) {
    const { name } = roleRef ?? {};
    if (name === 'cluster-admin' || (name === 'admin' && kind === 'ClusterRoleBinding'))
      yield [`binds ${name}`, 'roleRef', 'name'];
    for (const [i, subject] of subjects.entries())
      if (isEverybody(String(subject.name))) yield [`is for all of ${subject.name}`, 'subjects', i, 'name'];
  },
});
