import type { Level } from '../rule';
import type { Kinds } from './kinds';

/** One rule of a role: every verb on every resource. */
export interface Right {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Empty for every object of the resource. */
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

/** A right from which somebody gets to more rights, or to what is secret. */
export interface Danger {
  readonly level: Level;
  /** What it gives, as the end of `is allowed: …`. */
  readonly says: string;
  readonly of: (right: Right) => boolean;
}

const write = ['create', 'update', 'patch'];
const anyOf = (list: readonly string[], wanted: readonly string[]) => wanted.some((each) => list.includes(each));

/** A wildcard is a danger of its own; here it counts as naming what is asked for, but not alone. */
const grants = (group: string, resources: readonly string[], verbs: readonly string[]) => (right: Right) =>
  anyOf(right.groups, [group, '*']) && anyOf(right.resources, resources) && anyOf(right.verbs, [...verbs, '*']);

const either =
  (...tests: readonly Danger['of'][]): Danger['of'] =>
  (right) =>
    tests.some((test) => test(right));

const readsSecrets = grants('', ['secrets'], ['get', 'list', 'watch']);
const makesTokens = grants('', ['serviceaccounts/token'], ['create']);
const certificates = ['certificatesigningrequests/approval', 'signers'];
const roles = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];

/** By the rule of `npm run check` that refuses it. What only `get`, `list` or `watch` reaches of a subresource is none. */
export const dangers = {
  'rbac-wildcard': {
    level: 'critical',
    says: 'a wildcard, which also grants what is added later',
    of: ({ groups, resources, verbs, urls }) =>
      [groups, resources, verbs, urls].flat().some((each) => each.includes('*')),
  },
  'rbac-secrets': {
    level: 'critical',
    says: 'reading secrets',
    // `list` and `watch` do not look at names.
    of: (right) => readsSecrets(right) && (right.names.length === 0 || anyOf(right.verbs, ['list', 'watch', '*'])),
  },
  'rbac-exec': {
    level: 'high',
    says: 'a shell in pods',
    of: grants(
      '',
      ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/ephemeralcontainers'],
      ['get', ...write],
    ),
  },
  'rbac-create-pods': {
    level: 'high',
    says: 'starting pods under any ServiceAccount of the namespace',
    of: either(
      grants('', ['pods', 'replicationcontrollers'], ['create']),
      grants('apps', ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], ['create']),
      grants('batch', ['jobs', 'cronjobs'], ['create']),
    ),
  },
  'rbac-escalation': {
    level: 'critical',
    says: 'giving itself more rights',
    of: either(
      ({ verbs }) => anyOf(verbs, ['bind', 'escalate', 'impersonate']),
      grants('certificates.k8s.io', certificates, ['update', 'patch', 'approve', 'sign']),
      grants('rbac.authorization.k8s.io', roles, write),
    ),
  },
  'rbac-nodes-proxy': {
    level: 'critical',
    says: 'the kubelets of the nodes',
    of: grants('', ['nodes/proxy'], ['get', 'delete', ...write]),
  },
  'rbac-webhooks': {
    level: 'critical',
    says: 'webhooks that see and change every request',
    of: grants(
      'admissionregistration.k8s.io',
      ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
      ['delete', ...write],
    ),
  },
  'rbac-tokens': {
    level: 'critical',
    says: 'tokens of any ServiceAccount',
    of: (right) => makesTokens(right) && right.names.length === 0,
  },
  'rbac-volumes': {
    level: 'high',
    says: 'volumes on the node’s disk',
    of: grants('', ['persistentvolumes'], ['create']),
  },
} as const satisfies Readonly<Record<string, Danger>>;

/** The rules of a Role or ClusterRole, each where it stands; none of what is not there. */
export function rightsOf(role: { readonly rules?: Kinds['Role']['rules'] } | undefined): readonly Right[] {
  return (role?.rules ?? []).map((rule) => ({
    groups: rule.apiGroups ?? [],
    resources: rule.resources ?? [],
    verbs: rule.verbs ?? [],
    names: rule.resourceNames ?? [],
    urls: rule.nonResourceURLs ?? [],
  }));
}

/** Who is everybody, or somebody with every right. */
export function isEverybody(subject: string): boolean {
  return /^system:(?:unauthenticated|anonymous|authenticated|masters|serviceaccounts(?::.*)?)$/.test(subject);
}
