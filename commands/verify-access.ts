import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import type { SystemNames } from '../charts/environments/system';
import { groupOf } from '../review/model/identity';
import type { KubernetesObject, Tree } from '../review/model/tree';
import { guarded } from '../review/verify/attempts';
import type { Definition } from '../review/verify/fits/versions';
import { looked } from '../review/verify/healthy/healthy';
import { scopeOf } from '../review/verify/scope';

/** The group of the people and pipelines that verify; an EKS access entry gives it to a role of IAM. */
export function verifierGroup({ prefix }: SystemNames): string {
  return `${prefix}-verify`;
}

const head = (
  group: string,
) => `# The smallest rights that npm run verify needs, for the group ${group}. Written by npm run verify -- --access.
#
# Kubernetes has no right to try: a dry run needs patch, and create for what is not there yet, as if it were kept.
# Therefore the policy below comes first: it refuses whatever the group sends without dryRun, so that these rights
# change nothing. It takes a few seconds to come into effect, and holds whoever is in the group, also when another group
# gives more: let nobody be in it who works in the cluster by hand. Roles and admission policies are listed and not
# tried: the server lets nobody try a role without its rights, and no policy can guard policies. Secrets are not read.
`;

/** The manifest of these rights, in the order in which it is applied. */
export function accessOf(tree: Tree, imports: readonly Definition[], system: SystemNames): string {
  return (
    head(verifierGroup(system)) +
    rightsOf(tree, imports, verifierGroup(system))
      .map((object) => `---\n${dump(object, { noRefs: true, lineWidth: -1 })}`)
      .join('')
  );
}

/** The policy first: there is no moment with the rights and without it. */
function rightsOf(tree: Tree, imports: readonly Definition[], group: string): KubernetesObject[] {
  // In the namespaces, and what is the same everywhere.
  const names = { inNamespaces: group, ofCluster: `${group}-cluster` };
  const environments = [...new Set(tree.manifests.map(({ environment }) => environment))].filter(
    (e) => e !== 'argocd',
  );
  const namespaces = [...new Set(environments.flatMap((name) => scopeOf(tree, name).namespaces))].sort();
  const plural = (object: KubernetesObject) => pluralOf(object, imports);
  const kinds = [
    ...new Map(
      tree.manifests.map(({ object }) => [`${groupOf(object.apiVersion)}/${object.kind}`, object]),
    ).values(),
  ];
  const rules = (objects: readonly KubernetesObject[], more: readonly (readonly [string, string, string])[]) => {
    const tried = objects.filter((object) => !guarded.includes(groupOf(object.apiVersion)));
    const compared = objects.filter((object) => guarded.includes(groupOf(object.apiVersion)));
    return [
      ...byGroup(
        tried.map((object) => [groupOf(object.apiVersion), plural(object)]),
        ['create', 'list', 'patch'],
      ),
      ...byGroup(
        [
          ...compared.map((object) => [groupOf(object.apiVersion), plural(object)] as const),
          ...more.map(([version, , name]) => [groupOf(version), name] as const),
        ],
        ['list'],
      ),
    ];
  };
  const definitions = imports.map(({ object }) => object.metadata.name).sort();
  const rbac = 'rbac.authorization.k8s.io';
  const role = (name: string, list: object[]) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: list,
  });
  const binding = (kind: string, name: string, namespace?: string) => ({
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name, ...(namespace && { namespace }) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
  });
  return [
    ...triesOnly(group),
    role(
      names.inNamespaces,
      rules(
        kinds.filter(({ metadata }) => metadata.namespace),
        looked.namespaced,
      ),
    ),
    role(names.ofCluster, [
      ...rules(
        kinds.filter(({ metadata }) => !metadata.namespace),
        [['v1', 'Node', 'nodes'], ...looked.ofCluster],
      ),
      {
        apiGroups: ['apiextensions.k8s.io'],
        resources: ['customresourcedefinitions'],
        resourceNames: definitions,
        verbs: ['get'],
      },
    ]),
    ...namespaces.map((namespace) => binding('RoleBinding', names.inNamespaces, namespace)),
    binding('ClusterRoleBinding', names.ofCluster),
  ];
}

/** Refuses what the group would change. */
function triesOnly(group: string): KubernetesObject[] {
  const policyName = `${group}-tries-only`;
  const admission = 'admissionregistration.k8s.io/v1';
  const metadata = { name: policyName };
  const everything = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
  return [
    {
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [everything],
          // Asking what one may do is a create too, and keeps nothing.
          excludeResourceRules: [{ ...everything, apiGroups: ['authorization.k8s.io', 'authentication.k8s.io'] }],
        },
        matchConditions: [
          {
            name: 'verifier',
            expression: `has(request.userInfo.groups) && '${group}' in request.userInfo.groups`,
          },
        ],
        validations: [
          {
            expression: 'has(request.dryRun) && request.dryRun',
            message: `the group ${group} may try and change nothing`,
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName, validationActions: ['Deny'] },
    },
  ];
}

function byGroup(resources: readonly (readonly [string, string])[], verbs: string[]) {
  const groups = new Map<string, Set<string>>();
  for (const [group, name] of resources) groups.set(group, (groups.get(group) ?? new Set()).add(name));
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([group, list]) => ({ apiGroups: [group], resources: [...list].sort(), verbs }));
}

/** A custom resource's is in its definition; those of Kubernetes itself are regular. */
function pluralOf({ apiVersion, kind }: KubernetesObject, imports: readonly Definition[]): string {
  const own = imports.find(
    ({ object: { spec } }) => spec?.group === groupOf(apiVersion) && spec.names?.kind === kind,
  );
  if (own?.object.spec?.names?.plural) return own.object.spec.names.plural;
  const name = kind.toLowerCase();
  return name.endsWith('s') ? `${name}es` : name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** Those of the kinds that the tree has: KEDA's only when something scales by it. */
export function definitionsOf(root: string, tree: Tree): Definition[] {
  const folder = 'imports/crds';
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((file) => /\/crds\/[^/]+\/[^/]+\.yaml$/.test(file))
    .sort()
    .map((file) => ({ file, object: load(readFileSync(join(root, file), 'utf8')) as Definition['object'] }))
    .filter(({ object }) => object?.kind === 'CustomResourceDefinition')
    .filter(({ object }) => tree.ofKind(object.spec?.names?.kind ?? '').length > 0);
}
