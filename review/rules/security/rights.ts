import type { Offence, Rule } from '../../rule';
import type { Manifest, Tree } from '../../tree';

interface Right {
  readonly manifest: Manifest;
  /** Of the rule in the role. */
  readonly path: readonly (string | number)[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

function* rightsIn(tree: Tree): Generator<Right> {
  for (const manifest of tree.ofKind('Role', 'ClusterRole'))
    for (const [i, rule] of (manifest.object.rules ?? []).entries())
      yield {
        manifest,
        path: ['rules', i],
        groups: rule?.apiGroups ?? [],
        resources: rule?.resources ?? [],
        verbs: rule?.verbs ?? [],
        names: rule?.resourceNames ?? [],
        urls: rule?.nonResourceURLs ?? [],
      };
}

/** A wildcard is told by its own rule; here it counts as naming what is asked for, but not alone. */
function grants(right: Right, group: string, resources: readonly string[], verbs: readonly string[]): boolean {
  const has = (list: readonly string[], any: readonly string[]) => any.some((each) => list.includes(each));
  return has(right.groups, [group, '*']) && has(right.resources, resources) && has(right.verbs, [...verbs, '*']);
}

const say = ({ verbs, resources }: Right) => `${verbs.join(', ')} of ${resources.join(', ')}`;

/** A role that grants something, told at the rule that does. */
function granted(
  rule: Omit<Rule, 'check'>,
  test: (right: Right) => boolean,
  message: (right: Right) => string = say,
): Rule {
  return {
    ...rule,
    *check({ tree }): Generator<Offence> {
      for (const right of rightsIn(tree))
        if (test(right)) yield { manifest: right.manifest, path: right.path, message: message(right) };
    },
  };
}

export const rbacWildcard = granted(
  {
    id: 'rbac-wildcard',
    level: 'critical',
    title: 'No role grants `*`.',
    why: 'It grants also what will be added later: every new resource, and every verb that Kubernetes invents.',
    fix: 'List the API groups, resources and verbs that the program uses.',
    covers: ['CIS-EKS:4.1.3', 'NSA:C-0035', 'kube-linter:wildcard-in-rules'],
  },
  ({ groups, resources, verbs, urls }) =>
    [groups, resources, verbs, urls].some((list) => list.includes('*')) ||
    resources.some((each) => each.includes('*')),
  ({ groups, resources, verbs, urls }) =>
    `grants ${verbs.join(', ')} of ${[...resources, ...urls].join(', ')} in ${groups.join(', ') || 'no group'}`,
);

export const rbacSecrets = granted(
  {
    id: 'rbac-secrets',
    level: 'critical',
    title: 'No role reads Secrets, but for those it names.',
    why: '`list` and `watch` return the content: whoever has them has every password of the namespace, and with a ClusterRole of the cluster.',
    fix: 'Grant `get` with `resourceNames`, or let External Secrets write what the program needs.',
    covers: ['CIS-EKS:4.1.2', 'kube-linter:access-to-secrets'],
  },
  (right) =>
    grants(right, '', ['secrets'], ['get', 'list', 'watch']) &&
    !(right.names.length > 0 && !right.verbs.some((verb) => ['list', 'watch', '*'].includes(verb))),
);

export const rbacExec = granted(
  {
    id: 'rbac-exec',
    level: 'high',
    title: 'No role may start a program in a pod, or attach to one.',
    why: 'Whoever may exec has the pod’s environment, its secrets and its network.',
    fix: 'Remove `pods/exec`, `pods/attach` and `pods/portforward`; a person works in the console’s own pod.',
    covers: [
      'NSA:C-0002',
      'Polaris:rolePodExecAttach',
      'Polaris:clusterrolePodExecAttach',
      'Polaris:rolebindingRolePodExecAttach',
      'Polaris:rolebindingClusterRolePodExecAttach',
      'Polaris:clusterrolebindingPodExecAttach',
    ],
  },
  (right) =>
    grants(
      right,
      '',
      ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/ephemeralcontainers'],
      ['create', 'get', 'update', 'patch'],
    ),
);

export const rbacCreatePods = granted(
  {
    id: 'rbac-create-pods',
    level: 'high',
    title: 'No role may create pods.',
    why: 'A pod may mount every Secret and run as every service account of its namespace.',
    fix: 'Let Argo CD create workloads. A controller that makes pods gets a namespace in which nothing else is.',
    covers: ['CIS-EKS:4.1.4', 'kube-linter:access-to-create-pods'],
  },
  (right) =>
    grants(right, '', ['pods', 'replicationcontrollers'], ['create']) ||
    grants(right, 'apps', ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], ['create']) ||
    grants(right, 'batch', ['jobs', 'cronjobs'], ['create']),
);

export const rbacEscalation = granted(
  {
    id: 'rbac-escalation',
    level: 'critical',
    title: 'No role may bind, escalate, impersonate, or sign certificates.',
    why: 'Each of them is a way to any right at all: they are rights to have more rights.',
    fix: 'Remove the verb. Roles are written in git and delivered by Argo CD.',
    covers: ['CIS-EKS:4.1.8'],
  },
  (right) =>
    right.verbs.some((verb) => ['bind', 'escalate', 'impersonate'].includes(verb)) ||
    grants(
      right,
      'certificates.k8s.io',
      ['certificatesigningrequests/approval', 'signers'],
      ['update', 'patch', 'approve', 'sign'],
    ) ||
    grants(
      right,
      'rbac.authorization.k8s.io',
      ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'],
      ['create', 'update', 'patch'],
    ),
);

export const rbacNodesProxy = granted(
  {
    id: 'rbac-nodes-proxy',
    level: 'critical',
    title: 'No role reaches the kubelet through `nodes/proxy`.',
    why: 'The kubelet runs commands in any pod of its node for whoever may use the proxy, past admission and audit.',
    fix: 'Grant the fine-grained `nodes/metrics`, `nodes/stats`, `nodes/pods` (Kubernetes 1.32 and later).',
    covers: ['CIS-EKS:4.1.10'],
  },
  (right) => grants(right, '', ['nodes/proxy'], ['get', 'create', 'update', 'patch', 'delete']),
);

export const rbacWebhooks = granted(
  {
    id: 'rbac-webhooks',
    level: 'critical',
    title: 'No role writes webhook configurations.',
    why: 'A webhook sees every object that is sent to the API server, Secrets too, and may change it.',
    fix: 'Remove `validatingwebhookconfigurations` and `mutatingwebhookconfigurations`.',
    covers: ['CIS-EKS:4.1.11'],
  },
  (right) =>
    grants(
      right,
      'admissionregistration.k8s.io',
      ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
      ['create', 'update', 'patch', 'delete'],
    ),
);

export const rbacTokens = granted(
  {
    id: 'rbac-tokens',
    level: 'critical',
    title: 'No role makes tokens of service accounts.',
    why: 'With a token of another service account one has its rights, outside of the cluster and for as long as one likes.',
    fix: 'Remove `serviceaccounts/token`, or restrict it by `resourceNames`.',
    covers: ['CIS-EKS:4.1.12'],
  },
  (right) => grants(right, '', ['serviceaccounts/token'], ['create']) && right.names.length === 0,
);

export const rbacVolumes = granted(
  {
    id: 'rbac-volumes',
    level: 'high',
    title: 'No role creates PersistentVolumes.',
    why: 'A volume of type hostPath is the file system of a node, and a claim for it is allowed in a `restricted` namespace.',
    fix: 'Grant `persistentvolumeclaims`; a StorageClass makes the volumes.',
    covers: ['CIS-EKS:4.1.9'],
  },
  (right) => grants(right, '', ['persistentvolumes'], ['create']),
);

const everybody = new Set([
  'system:unauthenticated',
  'system:anonymous',
  'system:authenticated',
  'system:serviceaccounts',
  'system:masters',
]);

export const rbacBinding: Rule = {
  id: 'rbac-binding',
  level: 'critical',
  title: 'No binding makes anybody an administrator, and none is for everybody.',
  why: '`cluster-admin` is every right there is; a group like system:authenticated is every program in the cluster, and system:unauthenticated everybody who reaches the API server.',
  fix: 'Bind a role that lists what is needed to the service account that needs it. People get their rights by EKS access entries.',
  covers: [
    'CIS-EKS:4.1.1',
    'NSA:C-0035',
    'kube-linter:cluster-admin-role-binding',
    'Polaris:clusterrolebindingClusterAdmin',
    'Polaris:rolebindingClusterAdminClusterRole',
    'Polaris:rolebindingClusterAdminRole',
  ],
  *check({ tree }) {
    for (const manifest of tree.ofKind('RoleBinding', 'ClusterRoleBinding')) {
      const { roleRef = {}, subjects = [], kind } = manifest.object;
      if (roleRef.name === 'cluster-admin' || (roleRef.name === 'admin' && kind === 'ClusterRoleBinding'))
        yield { manifest, path: ['roleRef', 'name'], message: `binds ${roleRef.name}` };
      for (const [i, subject] of (subjects as any[]).entries())
        if (everybody.has(subject?.name) || /^system:serviceaccounts:/.test(subject?.name ?? ''))
          yield { manifest, path: ['subjects', i, 'name'], message: `is for all of ${subject.name}` };
    }
  },
};
