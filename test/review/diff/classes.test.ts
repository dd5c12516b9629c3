import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { customKindOf } from '../../../commands/schema-tables';
import { riskWords } from '../../../review/diff/classes/risk-words';
import { immutableFields, passes } from '../../../review/diff/immutable-fields';
import { classes } from '../../../review/report/finding';
import committed from '../../../review/schema/custom-kinds.json';
import { root } from '../../support/root';
import { comparisonOf, expectedOf, fixturesIn, reviewed, reviewOf, told } from './fixtures';

describe.each(['classes', 'immutable', 'mutable'])('%s', (folder) => {
  test.each(fixturesIn(folder))('%s says what is expected', (fixture) => {
    expect(told(reviewed(fixture))).toEqual(expectedOf(fixture));
  });
});

/** What only git knows, in report.test.ts. */
const ofGit = ['frozen'];

test('every class has a fixture that finds it', () => {
  const folders = fixturesIn('classes').filter((fixture) => finds(fixture, fixture.split('/')[1] as string));
  const found = new Set([...folders.map((fixture) => fixture.split('/')[1]), 'immutable', ...ofGit]);
  expect(classes.filter((name) => !found.has(name))).toEqual([]);
});

test('every row of the table of risks is told by a fixture', () => {
  const terraform = readFileSync(join(root, 'review/diff/classes/terraform.ts'), 'utf8');
  const said = ['classes', 'immutable', 'mutable']
    .flatMap(fixturesIn)
    .flatMap((fixture) => (expectedOf(fixture) as { says: string }[]).map(({ says }) => says));
  const pattern = (says: string) =>
    new RegExp(says.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.*'), 's');
  const untold = Object.entries(riskWords).filter(
    ([id, { says }]) => !terraform.includes(`'${id}'`) && !said.some((each) => pattern(says).test(each)),
  );
  // No definition here serves two versions.
  expect(untold.map(([id]) => id)).toEqual(['version-served']);
});

test('every fixture of a class finds it', () => {
  const missed = fixturesIn('classes').filter((fixture) => !finds(fixture, fixture.split('/')[1] as string));
  // Told by the name of what happens: pods that do not roll, and a restart by Reloader.
  expect(missed).toEqual(['classes/restart/on-delete', 'classes/stale-config/external-secret-reloaded']);
});

test('what may not change cannot apply, and what may change can', () => {
  expect(fixturesIn('immutable').filter((fixture) => !finds(fixture, 'immutable'))).toEqual([]);
  expect(fixturesIn('mutable').filter((fixture) => finds(fixture, 'immutable'))).toEqual([]);
});

test('every kind with immutable fields has a fixture in which one changes', () => {
  const found = new Set(
    fixturesIn('immutable')
      .filter((fixture) => finds(fixture, 'immutable'))
      .flatMap((fixture) =>
        reviewed(fixture).findings.map(
          ({ object: { apiVersion, kind } = { apiVersion: '', kind: '' } }) =>
            `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`,
        ),
      ),
  );
  expect(Object.keys(immutableFields).filter((kind) => !found.has(kind))).toEqual([]);
});

test.each(fixturesIn('harmless'))('%s is not a risk, and is counted', (fixture) => {
  const { findings, summary } = reviewed(fixture);
  expect(findings.map(({ class: of, says }) => `${of}: ${says}`)).toEqual([]);
  // Another way of writing the same YAML is not a difference at all.
  const count = Object.values(summary.cosmetic).reduce((sum, each) => sum + each, 0);
  expect(count > 0).toBe(!fixture.endsWith('written-otherwise'));
});

type Definition = Parameters<typeof customKindOf>[0];

test('every exception to an immutable field is one that is known, and each is needed', () => {
  const named = Object.values(immutableFields).flatMap((rows) => rows.flatMap(({ unless }) => unless ?? []));
  expect([...new Set(named)].sort()).toEqual(Object.keys(passes).sort());
});

test('what is known of custom kinds is what imports/crds says (npm run schemas)', () => {
  const folder = join(root, 'imports/crds');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\/.+\.yaml$/.test(path),
  );
  const kinds = files.map((path) => customKindOf(load(readFileSync(join(folder, path), 'utf8')) as Definition));
  expect(committed).toEqual(Object.fromEntries(kinds));
});

test('the order of variables counts where one names another', () => {
  const pod = (variables: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: one, namespace: production}\nspec: {containers: [{name: a, env: [${variables}]}]}\n`;
  const [host, url] = ['{name: HOST, value: a}', '{name: URL, value: "http://$(HOST)"}'];
  const compare = (before: string, after: string) =>
    reviewOf(comparisonOf(`# before\n${pod(before)}---\n# after\n${pod(after)}`, 'env'));
  const { findings } = compare(`${host}, ${url}`, `${url}, ${host}`);
  expect(findings.map(({ path }) => path)).toEqual(['spec.containers[a].env']);
  expect(compare(`${host}, {name: B}`, `{name: B}, ${host}`).findings).toEqual([]);
});

test('what is the same in several environments is told once, with each one’s id', () => {
  const service = (namespace: string, type: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: ${namespace}}\nspec: {ports: [{port: 80}], type: ${type}}\n`;
  const documents = ['production', 'staging'].flatMap((namespace) => [
    `# before\n${service(namespace, 'ClusterIP')}`,
    `# after\n${service(namespace, 'NodePort')}`,
  ]);
  const { findings, objects } = reviewOf(comparisonOf(documents.join('---\n'), 'both'));
  expect(findings.map(({ environments, instances }) => [environments, instances.map(({ id }) => id)])).toEqual([
    [
      ['production', 'staging'],
      ['exposes:production/Service/web/spec.type', 'exposes:staging/Service/web/spec.type'],
    ],
  ]);
  expect(objects.map(({ environments }) => environments)).toEqual([['production', 'staging']]);
});

function finds(fixture: string, name: string): boolean {
  return reviewed(fixture).findings.some(({ class: of }) => of === name);
}
