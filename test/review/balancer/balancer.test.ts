import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { addOns } from '../../../charts/environments/add-ons';
import { parse, prefix, read, refusals, rowOf, rows } from '../../../review/balancer/annotations';
import table from '../../../review/balancer/annotations.json';
import { groupsOf, portsOf } from '../../../review/balancer/groups';
import { parseTree } from '../../../review/model/tree';
import { root } from '../../support/root';
import { tree as committed } from '../ours';

const { release } = addOns['aws-load-balancer-controller'];

test('the table is of the release that is delivered', () => {
  expect(table.release).toBe(release);
});

test('every field of IngressClassParams goes before an annotation of the table, or is none', () => {
  const file = `imports/crds/aws-load-balancer-controller-${release}/elbv2.k8s.aws_ingressclassparams.yaml`;
  const definition = load(readFileSync(join(root, file), 'utf8')) as any;
  const fields = Object.keys(definition.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties);
  const known = [...rows.values()].flatMap(({ params }) => params?.split('.')[0] ?? []);
  expect(fields.filter((field) => !known.includes(field)).sort()).toEqual([
    // The old name of prefixListsIDs.
    'PrefixListsIDs',
    'listeners',
    'namespaceSelector',
  ]);
  expect(known.filter((field) => !fields.includes(field))).toEqual([]);
});

test('rows name rows', () => {
  const named = [...rows.values()].flatMap(({ below, unless }) => [below ?? [], unless ?? []].flat());
  expect(named.filter((suffix) => !rows.has(suffix))).toEqual([]);
});

test.each([
  ['actions.web', true],
  ['actions.', false],
  ['actions', false],
  ['listener-attributes.HTTPS-443', true],
  ['listener-attributes.443', false],
  ['success-codes', true],
  ['success-code', false],
  ['toString', false],
])('%s is read: %s', (suffix, known) => {
  expect(rowOf(suffix) !== undefined).toBe(known);
});

const parsed = (suffix: string, text: string) => read({ [`${prefix}${suffix}`]: text }, suffix);

test('a text is read as the controller reads it', () => {
  expect(parsed('tags', ' team = events ,note=a\\,b=c')).toEqual({ team: 'events', note: 'a,b=c' });
  expect(parsed('tags', '')).toEqual({});
  expect(parsed('tags', 'team')).toBeUndefined();
  expect(parsed('security-groups', ' a, b ,,')).toEqual(['a', 'b']);
  expect(parsed('shield-advanced-protection', 'T')).toBe(true);
  expect(parsed('load-balancer-attributes', 'idle_timeout.timeout_seconds=60')).toEqual({
    'idle_timeout.timeout_seconds': 60,
  });
  expect(
    parsed('actions.web', '{"Type":"forward","FORWARDCONFIG":{"targetgroups":[{"SERVICENAME":"a"}]}}'),
  ).toEqual({
    type: 'forward',
    forwardConfig: { targetGroups: [{ serviceName: 'a' }] },
  });
});

test('what is refused is told with its place', () => {
  const refused = (suffix: string, text: string) => {
    const row = rowOf(suffix);
    return row && refusals(row, () => parse(row, text));
  };
  expect(refused('listen-ports', '[{"HTTP": 80}, {"https": 443}]')).toEqual([
    '1: https: is not a field here; is HTTPS meant?',
  ]);
  expect(refused('success-codes', '2xx')).toEqual([
    '"2xx" must be HTTP codes from 200 to 499, or gRPC codes from 0 to 99: 200, 200,202 or 200-299',
  ]);
  expect(refused('mutual-authentication', '[{"port":443,"mode":"verify"}]')).toEqual([
    'mode verify needs trustStore',
  ]);
  expect(refused('target-group-attributes', 'stickiness.enabled=1')).toEqual([
    'stickiness.enabled: is "1", must be a boolean',
  ]);
});

test('groups have members of every chart, and of an add-on’s values', () => {
  const names = groupsOf(committed).map(({ name, members }) => [name, members.map((each) => each.name)]);
  expect(Object.fromEntries(names)['eren-internal']).toEqual(['argocd/argo-cd (server.ingress)', 'ci-cd/jenkins']);
});

test('an Ingress without a class is of the default class', () => {
  const object = (kind: string, rest: string) =>
    `apiVersion: networking.k8s.io/v1\nkind: ${kind}\nmetadata: {name: web${rest}}\n`;
  const tree = parseTree(
    new Map([
      ['dist/a/a/Ingress.web.yaml', object('Ingress', ', namespace: a')],
      [
        'dist/a/a/IngressClass.web.yaml',
        `${object('IngressClass', ', annotations: {ingressclass.kubernetes.io/is-default-class: "true"}')}spec: {controller: ingress.k8s.aws/alb}`,
      ],
    ]),
  );
  const [group] = groupsOf(tree);
  expect(group?.name).toBe('a/web');
  expect(group?.members.map((member) => [...portsOf(member)])).toEqual([[[80, 'HTTP']]]);
});
