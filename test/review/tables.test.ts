import { mebibytes, millicores, seconds } from '../../charts/environments/units';
import { canonical, sameMeaning } from '../../review/model/canonical';
import { core } from '../../review/schema/core';
import { nameCheckOf } from '../../review/schema/names';
import { between, reviewOf } from './diff/fixtures';

// An entry that is lost from a table of facts leaves the rest of it working, so each entry is asked for by itself.

test.each(['HTTPRoute', 'GRPCRoute', 'TLSRoute'])('a new %s opens a door', (kind) => {
  const route = `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: {name: web, namespace: production}\nspec: {hostnames: [eren.washu.edu], rules: [{backendRefs: [{name: web, port: 80}]}]}\n`;
  const { findings } = reviewOf(between(new Map(), new Map([[`dist/production/web/${kind}.web.yaml`, route]])));
  expect(findings.filter((each) => each.class === 'exposes').map(({ says }) => says)).toEqual([
    expect.stringContaining('eren.washu.edu is routed to'),
  ]);
});

test.each(['privileged', 'baseline', 'restricted'])('%s is a level of Pod Security in every mode', (level) => {
  const said: string[] = [];
  const labels = Object.fromEntries(
    ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]),
  );
  core['/Namespace']?.({ metadata: { labels } }, (_, message) => void said.push(message));
  expect(said).toEqual([]);
});

test.each(['enforce', 'audit', 'warn'])('another level, or version, is refused in the mode %s', (mode) => {
  const said: string[] = [];
  const labels = {
    [`pod-security.kubernetes.io/${mode}`]: 'strict',
    [`pod-security.kubernetes.io/${mode}-version`]: '1.35',
  };
  core['/Namespace']?.({ metadata: { labels } }, (path, message) => void said.push(`${path.at(-1)}: ${message}`));
  expect(said).toEqual([
    `pod-security.kubernetes.io/${mode}: "strict" is none of privileged, baseline, restricted`,
    `pod-security.kubernetes.io/${mode}-version: "1.35" is neither latest nor v1.x`,
  ]);
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
