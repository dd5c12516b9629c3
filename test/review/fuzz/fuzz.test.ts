import { join } from 'node:path';
import { subjectOf } from '../../../review/check/subject';
import { parseTree } from '../../../review/model/tree';
import { rules } from '../../../review/rules';
import { judgeObject } from '../../../review/schema/judge';
import { Schemas } from '../../../review/schema/tables';
import { settings } from '../../support/manifests';
import { root } from '../../support/root';
import { type Class, classes, type Mutation } from './mutate';
import { digest, mutationsOf, recordedObjects, recordedVerdicts } from './verdicts';

const objects = recordedObjects();
const verdicts = recordedVerdicts();
const mutations = mutationsOf(objects, verdicts.seeds);
const schemas = new Schemas(join(root, 'review/schema/tables'));
const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
const namespaceExists = rules.find(({ id }) => id === 'namespace-exists');

/** What `check` says of the mutated object that a server would refuse it for. */
function refused({ object }: Mutation): boolean {
  return (
    judgeObject(object, schemas).some(({ rule, laterOn }) => rule !== 'cut-number' && !laterOn) ||
    inNoNamespace(object)
  );
}

function inNoNamespace(object: any): boolean {
  const texts = [...namespaces, object].map(
    (each, i) => [`dist/fuzz/fuzz/${i}.yaml`, JSON.stringify(each)] as const,
  );
  const subject = subjectOf(root, parseTree(new Map(texts)), settings);
  return [...(namespaceExists?.check(subject) ?? [])].length > 0;
}

test('the recorded verdicts are about these mutations, and by the Kubernetes of the tables (npm run fuzz records them)', () => {
  expect(Object.fromEntries(classes.map((kind) => [kind, digest(mutations[kind])]))).toEqual(
    Object.fromEntries(classes.map((kind) => [kind, verdicts.classes[kind].digest])),
  );
  expect(schemas.kubernetes).toBe(verdicts.kubernetes);
  expect(classes.length * verdicts.seeds).toBeGreaterThanOrEqual(300);
});

test('no object that the mutations are made of is refused', () => {
  expect(objects.flatMap((object) => judgeObject(object, schemas))).toEqual([]);
});

describe.each(classes.map((kind) => [kind]))('of the class %s', (kind) => {
  const all = mutations[kind as Class].map((mutation, i) => ({ ...mutation, seed: i + 1 }));
  const rejected = new Set(verdicts.classes[kind as Class].rejected);
  const say = ({ seed, what }: { seed: number; what: string }) => `${seed}: ${what}`;

  test('everything that a real API server rejected is refused', () => {
    expect(rejected.size).toBeGreaterThan(0);
    expect(all.filter((each) => rejected.has(each.seed) && !refused(each)).map(say)).toEqual([]);
  });

  test('nothing that it accepted is', () => {
    expect(rejected.size).toBeLessThan(all.length);
    expect(all.filter((each) => !rejected.has(each.seed) && refused(each)).map(say)).toEqual([]);
  });
});

test('whatever types the values have, every rule reads on', () => {
  const all = classes.flatMap((kind) => mutations[kind].map(({ object }) => JSON.stringify(object)));
  const trees = Array.from({ length: 12 }, (_, n) => all.filter((_, i) => i % 12 === n));
  for (const texts of trees) {
    const files = texts.map((text, i) => [`dist/fuzz/fuzz/${i}.yaml`, text] as const);
    const subject = subjectOf(root, parseTree(new Map(files)), settings);
    // Those about the whole take their time, and read objects by the same functions.
    for (const { check, about } of rules) if (about !== 'whole') expect(() => [...check(subject)]).not.toThrow();
  }
});
