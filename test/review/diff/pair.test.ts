import { pairUp } from '../../../review/diff/pair';
import type { Manifest } from '../../../review/model/tree';

function manifest(kind: string, name: string, content: object, namespace = 'production'): Manifest {
  const object = { apiVersion: 'apps/v1', kind, metadata: { name, namespace }, ...content };
  return { file: `dist/production/web/${kind}.${name}.yaml`, environment: 'production', chart: 'web', object };
}

const one = { spec: { a: 1, b: 2, c: 3 } };
const other = { spec: { d: 4, e: 5, f: 6 } };
const paired = (before: Manifest, after: Manifest) => pairUp([before], [after]).pairs.length;

test('a name that differs in the hash of the content alone is the same object, whatever it holds', () => {
  expect(paired(manifest('ConfigMap', 'web-575ea17a', one), manifest('ConfigMap', 'web-1a2b3c4d', other))).toBe(1);
});

test.each([
  ['another kind of workload', manifest('StatefulSet', 'web-1a2b3c4d', other)],
  ['another namespace', manifest('Deployment', 'web-1a2b3c4d', other, 'staging')],
  ['another base', manifest('Deployment', 'api-1a2b3c4d', other)],
  ['a name without a hash', manifest('Deployment', 'api', other)],
])('%s is another object where the content is another one', (_, after) => {
  expect(paired(manifest('Deployment', 'web-575ea17a', one), after)).toBe(0);
  expect(paired(manifest('Deployment', 'web', one), after)).toBe(0);
});
