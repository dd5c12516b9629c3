import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { accessOf, definitionsOf, verifierGroup } from '../../../commands/verify-access';
import { readTree } from '../../../review/model/tree';
import { settings } from '../../support/live';
import { root } from '../../support/root';
import { ApiServer, ask, removeKubeconfigs } from './server';

const file = 'docs/verify/access.yaml';
const text = readFileSync(join(root, file), 'utf8');
const objects = loadAll(text) as any[];
const tree = readTree(root);
const imports = definitionsOf(root, tree);
const { system } = settings.cluster;
const group = verifierGroup(system);
afterAll(removeKubeconfigs);

test('docs/verify/access.yaml is what the charts need (npm run verify -- --access > docs/verify/access.yaml)', () => {
  expect(text).toBe(accessOf(tree, imports, system));
});

test('its rights are those of what is asked, no more and no less', async () => {
  const given = new Set<string>();
  for (const role of objects.filter(({ kind }) => kind === 'ClusterRole'))
    for (const { apiGroups, resources, verbs } of role.rules)
      for (const resource of resources) for (const verb of verbs) given.add(`${verb} ${apiGroups[0]}/${resource}`);

  const used = new Set<string>();
  const api = await ApiServer.start();
  for (const environment of ['production', 'staging', 'cluster']) await ask(api, { environment, imports });
  api.stop();
  for (const { method, path } of api.asked) {
    const [, group = '', plural, name] =
      /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (!plural) continue;
    if (method === 'GET') used.add(`${name ? 'get' : 'list'} ${group}/${plural}`);
    // What is not there yet is created by it. Roles and policies are tried by who may, and that is nobody's need.
    else if (!/^(rbac\.authorization|admissionregistration)/.test(group))
      for (const verb of ['create', 'patch']) used.add(`${verb} ${group}/${plural}`);
  }
  expect([...given].sort()).toEqual([...used].sort());
});

test('they are in every namespace of ours, and no Secret is among them', () => {
  const namespaces = tree.ofKind('Namespace').map(({ object }) => object.metadata.name);
  const bound = objects.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace);
  expect(bound.sort()).toEqual(namespaces.sort());
  expect(JSON.stringify(objects)).not.toMatch(/"secrets"|"\*"\],"verbs"|escalate|impersonate|bind"/);
});

test('whoever has them is held to trying, before they are given', () => {
  const [policy, binding] = objects;
  expect(policy.spec.matchConditions[0].expression).toContain(`'${group}' in request.userInfo.groups`);
  expect(policy.spec.validations[0].expression).toBe('has(request.dryRun) && request.dryRun');
  expect([policy.spec.failurePolicy, binding.spec.validationActions]).toEqual(['Fail', ['Deny']]);
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding');
  const subjects = bindings.map(({ subjects }) => subjects.map(({ kind, name }: any) => `${kind} ${name}`).join());
  expect(new Set(subjects)).toEqual(new Set([`Group ${group}`]));
});
