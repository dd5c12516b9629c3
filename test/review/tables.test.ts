import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mebibytes, millicores, seconds } from '../../charts/environments/units';
import { canonical, sameMeaning } from '../../review/model/canonical';
import { demands } from '../../review/schema/core/demands';
import { forms } from '../../review/schema/core/forms';
import { judgeObject } from '../../review/schema/judge';
import { nameCheckOf } from '../../review/schema/names';
import { Schemas } from '../../review/schema/tables';
import { fieldsOf } from '../../review/schema/walk';
import { root } from '../support/root';
import { between, reviewOf } from './diff/fixtures';

const schemas = new Schemas(join(root, 'review/schema/tables'));

// An entry that is lost from a table of facts leaves the rest of it working, so each entry is asked for by itself.

test.each(['HTTPRoute', 'GRPCRoute', 'TLSRoute'])('a new %s opens a door', (kind) => {
  const route = `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: {name: web, namespace: production}\nspec: {hostnames: [eren.washu.edu], rules: [{backendRefs: [{name: web, port: 80}]}]}\n`;
  const { findings } = reviewOf(between(new Map(), new Map([[`dist/production/web/${kind}.web.yaml`, route]])));
  expect(findings.filter((each) => each.class === 'exposes').map(({ says }) => says)).toEqual([
    expect.stringContaining('eren.washu.edu is routed to'),
  ]);
});

test.each([
  'postgresql.cnpg.io/v1 Cluster',
  'acid.zalan.do/v1 postgresql',
  'rds.services.k8s.aws/v1alpha1 DBInstance',
  'elasticache.services.k8s.aws/v1alpha1 ReplicationGroup',
  's3.services.k8s.aws/v1alpha1 Bucket',
  'database.aws.crossplane.io/v1beta1 RDSInstance',
  's3.aws.upbound.io/v1beta1 Bucket',
  'redis.redis.opstreelabs.in/v1beta2 Redis',
  'kafka.strimzi.io/v1beta2 KafkaTopic',
  'pxc.percona.com/v1 PerconaXtraDBCluster',
])('%s that goes takes with it what its controller made', (kind) => {
  const [apiVersion, name] = kind.split(' ');
  const text = `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata: {name: a, namespace: production}\n`;
  const { findings } = reviewOf(between(new Map([['dist/production/web/a.yaml', text]]), new Map()));
  expect(findings.map(({ class: of }) => of)).toContain('data-loss');
});

test.each([
  'cert-manager.io',
  'istio.io',
  'sidecar.istio.io',
  'linkerd.io',
  'prometheus.io',
  'traefik.io',
  'konghq.com',
])('an annotation of %s is read, and one of another domain is for people', (domain) => {
  const text = (key: string) =>
    `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: production, annotations: {${key}/x: '1'}}\n`;
  const told = (key: string) => {
    const [before, after] = [text(key).replace("'1'", "'0'"), text(key)].map(
      (each) => new Map([['dist/production/web/ServiceAccount.a.yaml', each]]),
    );
    return reviewOf(between(before as Map<string, string>, after as Map<string, string>)).findings.length;
  };
  expect([told(domain), told('example.org')]).toEqual([1, 0]);
});

function saidOfNamespace(labels: Readonly<Record<string, string>>): string[] {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'production', labels } };
  return judgeObject(object, schemas).map(({ path, message }) => `${path.at(-1)}: ${message}`);
}

test.each(['privileged', 'baseline', 'restricted'])('%s is a level of Pod Security in every mode', (level) => {
  const labels = Object.fromEntries(
    ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]),
  );
  expect(saidOfNamespace(labels)).toEqual([]);
});

test.each(['enforce', 'audit', 'warn'])('another level, or version, is refused in the mode %s', (mode) => {
  const labels = {
    [`pod-security.kubernetes.io/${mode}`]: 'strict',
    [`pod-security.kubernetes.io/${mode}-version`]: '1.35',
  };
  expect(saidOfNamespace(labels)).toEqual([
    `pod-security.kubernetes.io/${mode}: "strict" is none of privileged, baseline, restricted`,
    `pod-security.kubernetes.io/${mode}-version: "1.35" is neither latest nor v1.x`,
  ]);
});

test('what is asked of a field names a type, a field and a form that exist', () => {
  const { tables } = JSON.parse(readFileSync(join(root, 'review/schema/tables/index.json'), 'utf8'));
  const names = [...new Set<string>([...Object.values<string>(tables), 'meta.v1'])];
  const unknown = Object.entries(demands).flatMap(([name, known]) => {
    const [group, type] = name.split('/');
    const shapes = names
      .filter((table) => table.startsWith(`${group}.`))
      .flatMap((table) => {
        const { types } = JSON.parse(readFileSync(join(root, `review/schema/tables/${table}.json`), 'utf8'));
        return Object.hasOwn(types, String(type)) ? [schemas.shape(`#${table}/${type}`)] : [];
      });
    const fields = new Set(shapes.flatMap((shape) => [...fieldsOf(shape).keys()]));
    const asked = [...Object.keys(known.fields ?? {}), ...(known.one ?? []), ...(known.few ?? [])];
    return [
      ...(shapes.length === 0 ? [name] : []),
      ...asked.filter((field) => !fields.has(field)).map((field) => `${name}.${field}`),
      ...[...JSON.stringify(known).matchAll(/"(?:form|keys)":"(\w+)"/g)].flatMap(([, form = '']) =>
        forms[form] ? [] : [form],
      ),
    ];
  });
  expect(unknown).toEqual([]);
});

test.each(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'PodDisruptionBudget'])(
  'a %s may be called as an object of another kind may not',
  (kind) => {
    expect(nameCheckOf(kind)('system:node')).toBeUndefined();
    expect(nameCheckOf('ConfigMap')('system:node')).toBeDefined();
  },
);

test.each<[string, string[], unknown, unknown, boolean]>([
  ['a number and its text', ['spec', 'port'], 3000, '3000', true],
  ['a truth and its text', ['spec', 'on'], true, 'true', false],
  ['two other texts', ['spec', 'name'], 'a', 'b', false],
  ['two spellings of CPU', ['resources', 'limits', 'cpu'], '1000m', 1, true],
  ['two amounts of memory', ['resources', 'requests', 'memory'], '1Gi', '1G', false],
  ['a quota', ['spec', 'hard', 'pods.example.org/x'], '1k', '1000', true],
  ['a capacity', ['status', 'capacity', 'a'], '1k', '1000', true],
  ['a text that looks like a quantity', ['data', 'memory'], '1k', '1000', false],
  ['an annotation that looks like a quantity', ['metadata', 'annotations', 'cpu'], '1k', '1000', false],
  ['a label that looks like a quantity', ['metadata', 'labels', 'cpu'], '1k', '1000', false],
  ['two spellings of a duration', ['spec', 'refreshInterval'], '5m', '5m0s', true],
  ['two durations', ['spec', 'refreshInterval'], '5m', '6m', false],
  ['a duration and what is none', ['spec', 'refreshInterval'], '5m', 'soon', false],
  ['a list and a text', ['spec', 'args'], ['a'], 'a', false],
])('%s', (_, path, before, after, same) => {
  expect(sameMeaning(path, before, after)).toBe(same);
  expect(sameMeaning(path, after, before)).toBe(same);
});

test('equal values have one text, whatever the order of their keys, and a list keeps its own', () => {
  expect(canonical({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  expect(canonical([2, 1])).not.toBe(canonical([1, 2]));
});

test('a unit is what it says', () => {
  expect((['1s', '1m', '1h', '90m'] as const).map(seconds)).toEqual([1, 60, 3600, 5400]);
  expect((['250m', '1000m'] as const).map(millicores)).toEqual([250, 1000]);
  expect((['512Mi', '2Gi'] as const).map(mebibytes)).toEqual([512, 2048]);
});
