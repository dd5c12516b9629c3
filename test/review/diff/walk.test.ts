import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { changesBetween } from '../../../review/diff/walk';
import { between, fixturesIn, reviewOf } from './fixtures';

const name = fc.constantFrom('web', 'worker', 'redis', 'api', 'proxy');
const text = fc.constantFrom('a', 'b', '1', '250m', '0.25', '1Gi', '1024Mi', '$(A)', '');
const container = fc.record({
  name,
  image: fc.constantFrom('a:1', 'a:2', 'b:1'),
  env: fc.uniqueArray(fc.record({ name, value: text }), { selector: (each) => each.name }),
  resources: fc.record({ requests: fc.dictionary(fc.constantFrom('cpu', 'memory'), text) }),
});
const workload = fc.record({
  apiVersion: fc.constant('apps/v1'),
  kind: fc.constantFrom('Deployment', 'StatefulSet'),
  metadata: fc.record({ name, namespace: fc.constantFrom('production', 'staging') }),
  spec: fc.record({
    replicas: fc.integer({ min: 0, max: 5 }),
    template: fc.record({
      spec: fc.record({ containers: fc.uniqueArray(container, { selector: (each) => each.name, minLength: 1 }) }),
    }),
  }),
});
const config = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constantFrom('ConfigMap', 'Secret'),
  metadata: fc.record({ name, namespace: fc.constantFrom('production', 'staging') }),
  data: fc.dictionary(name, text),
});
/** Files that git could hold: any objects, no two of one identity. */
const files = fc
  .uniqueArray(fc.oneof(workload, config), {
    selector: ({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`,
  })
  .map(
    (objects) =>
      new Map(
        objects.map((object) => [
          `dist/${object.metadata.namespace}/chart/${object.kind}.${object.metadata.name}.yaml`,
          JSON.stringify(object),
        ]),
      ),
  );

test('a state compared with itself differs in nothing', () => {
  fc.assert(
    fc.property(files, (state) => {
      const copy = new Map([...state].map(([path, json]) => [path, JSON.stringify(JSON.parse(json), null, 2)]));
      const { findings, objects } = reviewOf(between(state, copy));
      expect([findings, objects]).toEqual([[], []]);
    }),
  );
});

test('what one way is new is removed the other way, and nothing else', () => {
  fc.assert(
    fc.property(files, files, (a, b) => {
      const names = (status: string, [from, to]: [typeof a, typeof a]) =>
        reviewOf(between(from, to))
          .objects.filter((each) => each.status === status)
          .flatMap(({ kind, name, sources }) => sources.map(({ file }) => `${kind} ${name} ${file}`))
          .sort();
      expect(names('added', [a, b])).toEqual(names('removed', [b, a]));
      expect(names('changed', [a, b])).toEqual(names('changed', [b, a]));
    }),
  );
});

test('fields differ both ways in the same places, with the values exchanged', () => {
  fc.assert(
    fc.property(workload, workload, (a, b) => {
      const told = (from: unknown, to: unknown, forwards: boolean) =>
        changesBetween('Deployment', from, to)
          .filter(({ cosmetic }) => !cosmetic)
          .map(({ path, before, after }) =>
            JSON.stringify(forwards ? [path, before, after] : [path, after, before]),
          )
          .sort();
      expect(told(a, b, true)).toEqual(told(b, a, false));
    }),
  );
});

test('another order of containers and variables is never more than cosmetic, but for $(…)', () => {
  fc.assert(
    fc.property(fc.uniqueArray(container, { selector: (each) => each.name, minLength: 2 }), (containers) => {
      const plain = containers.map((each) => ({
        ...each,
        env: each.env.filter(({ value }) => !value.includes('$(')),
      }));
      const turned = [...plain].reverse().map((each) => ({ ...each, env: [...each.env].reverse() }));
      const pod = (list: unknown[]) => ({ spec: { template: { spec: { containers: list } } } });
      const changes = changesBetween('Deployment', pod(plain), pod(turned));
      expect(changes.filter(({ cosmetic }) => cosmetic !== 'another order in a pod template')).toEqual([]);
      expect(changes.length).toBeGreaterThan(0);
    }),
  );
});

test('a container that is put first is one change', () => {
  const pod = (...names: string[]) => ({
    spec: { containers: names.map((each) => ({ name: each, image: `${each}:1` })) },
  });
  const changes = changesBetween('Pod', pod('web', 'log'), pod('proxy', 'web', 'log'));
  expect(changes).toEqual([
    { path: ['spec', 'containers', '[proxy]'], before: undefined, after: { name: 'proxy', image: 'proxy:1' } },
  ]);
});

test('an element in the middle of an ordered list is one change', () => {
  const steps = (...weights: number[]) => ({
    spec: { strategy: { canary: { steps: weights.map((setWeight) => ({ setWeight })) } } },
  });
  const changes = changesBetween('Rollout', steps(20, 50, 100), steps(20, 35, 50, 100));
  expect(changes.map(({ path, after }) => [path.at(-1), after])).toEqual([['[1]', { setWeight: 35 }]]);
});

test('two elements of one name are told apart by their places', () => {
  const pod = (...images: string[]) => ({
    spec: { containers: images.map((image) => ({ name: 'same', image })) },
  });
  const changes = changesBetween('Pod', pod('a', 'b'), pod('a', 'c'));
  expect(changes.map(({ path }) => path.join('.'))).toEqual(['spec.containers.[1].image']);
});

test('what is malformed is the schema’s business and stops nothing', () => {
  const texts = fixturesIn('classes').map((fixture) => readFileSync(join(__dirname, `${fixture}.yaml`), 'utf8'));
  const identity = ['apiVersion', 'kind', 'metadata.name'];
  const objects = texts
    .flatMap((all) => all.split(/^---\n/m))
    .map((document) => load(document) as any)
    .filter((object) => placesIn(object, identity).length > 0);
  const neighbours = objects
    .slice(0, 30)
    .map((each, i) => [`dist/production/web/${i}.yaml`, JSON.stringify(each)] as const);
  const odd = fc.constantFrom<unknown>(null, 'text', 7, true, [], {}, [null], ['text'], { a: null });
  fc.assert(
    fc.property(fc.nat(objects.length - 1), fc.nat(), odd, (which, where, value) => {
      const object = structuredClone(objects[which]);
      const places = placesIn(object, identity);
      const [parent, key] = places[where % places.length] as [any, string];
      parent[key] = value;
      const state = (each: any) => new Map([['dist/production/web/one.yaml', JSON.stringify(each)]]);
      for (const [before, after] of [
        [objects[which], object],
        [object, objects[which]],
      ])
        reviewOf(between(new Map([...state(before), ...neighbours]), new Map([...state(after), ...neighbours])));
    }),
    { numRuns: 300 },
  );
});

/** Every field of an object, as where it is held and by which name. */
function placesIn(value: any, except: readonly string[], path = ''): [any, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    const at = path ? `${path}.${key}` : key;
    const own: [any, string][] = except.some((each) => each.startsWith(at)) ? [] : [[value, key]];
    return [...own, ...placesIn(value[key], except, at)];
  });
}
