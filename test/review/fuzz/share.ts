import { settings as committed } from '../../../charts/environments';
import { loadSettings } from '../../../charts/settings';
import { evaluate } from '../../../review/check/evaluate';
import { subjectOf } from '../../../review/check/subject';
import { type Manifest, parseTree, readTree, Tree } from '../../../review/model/tree';
import { fingerprintOf } from '../../../review/report/report';
import { rules } from '../../../review/rules';
import { budgetRules } from '../../../review/rules/budgets';
import { schema } from '../../../review/rules/schema';
import { root } from '../../support/root';
import { classes, mutate } from './mutate';
import { recordedObjects, recordedVerdicts } from './verdicts';

// `npm run test:fuzz`: of each class of mutations, how many are caught: what a real API server rejected by the schema
// rules, and what it accepted by all the others, though much of that is harmless (a label more, a longer period).
const settings = loadSettings(root, committed);
const objects = recordedObjects();
const verdicts = recordedVerdicts();
const refusing = new Set([
  ...schema.filter(({ id }) => id !== 'cut-number').map(({ id }) => id),
  'namespace-exists',
]);
// The others stand around them, so that what is named exists; what pods take of nodes and money is not asked.
const committedNow = readTree(root).manifests;
const files = new Map(committedNow.map(({ file, object }) => [identity(object), file]));
const sampled = new Set(objects.map(identity));
const others = committedNow.filter(({ object }) => !sampled.has(identity(object)));
const asked = rules.filter((rule) => !budgetRules.includes(rule));
const manifests = objects.map(manifestOf);
const before = new Set(told(manifests).map(fingerprintOf));
const rows = classes.map((kind) => {
  const rejected = new Set(verdicts.classes[kind].rejected);
  const count = {
    rejected: rejected.size,
    refused: 0,
    accepted: verdicts.seeds - rejected.size,
    told: 0,
    wrong: 0,
  };
  for (let seed = 1; seed <= verdicts.seeds; seed++) {
    const { object, index } = mutate(objects, kind, seed);
    const mutated = manifests.map((each, i) => (i === index ? manifestOf(object, i) : each));
    const found = told(mutated).filter((each) => !before.has(fingerprintOf(each)));
    const refused = found.some(({ rule = '' }) => refusing.has(rule));
    if (rejected.has(seed)) count.refused += Number(refused);
    else if (refused) count.wrong++;
    else count.told += Number(found.length > 0);
  }
  return { class: kind, ...count };
});
for (const { class: kind, rejected, refused, accepted, told, wrong } of rows)
  console.log(
    `${kind.padEnd(8)} ${share(refused, rejected)} of what the server rejects is refused; of what it accepts, ${wrong} of ${accepted} is refused and ${share(told, accepted)} is told of by other rules`,
  );
if (rows.some(({ rejected, refused, wrong }) => refused < rejected || wrong > 0)) process.exitCode = 1;

function told(all: readonly Manifest[]) {
  return evaluate(subjectOf(root, new Tree([...all, ...others]), settings), asked, () => '').findings;
}

function identity({ kind, metadata }: any): string {
  return [kind, metadata.namespace, metadata.name].join('/');
}

function manifestOf(object: any, i: number): Manifest {
  const file = files.get(identity(objects[i])) ?? `dist/gone/gone/${object.kind}.${object.metadata.name}.yaml`;
  const [manifest] = parseTree(new Map([[file, '']]), () => object).manifests;
  return manifest as Manifest;
}

function share(part: number, all: number): string {
  return `${part} of ${all} (${all === 0 ? 100 : Math.round((100 * part) / all)} %)`;
}
