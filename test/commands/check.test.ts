import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import formats from 'ajv-formats';
import { rules } from '../../review/rules';
import { cloned, git, removeClones, run, text, tomorrow } from '../support/clones';
import { root } from '../support/root';

const schema = (name: string) => JSON.parse(readFileSync(join(root, 'docs', `${name}.schema.json`), 'utf8'));
const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, schemas: [schema('finding')] });
formats(ajv);
const isReport = ajv.compile(schema('check'));
const rollout = 'dist/production/web/Rollout.e-ren-rollout.yaml';
const service = 'dist/production/web/Service.eren-service.yaml';

jest.setTimeout(300_000);
afterAll(removeClones);

const check = (clone: string, ...args: string[]) => run(clone, ['check', ...args]);
const report = async (clone: string, ...args: string[]) => {
  const { code, out, err } = await check(clone, '--output', 'json', ...args);
  expect(err).toBe('');
  return { code, report: JSON.parse(out) };
};
const write = (clone: string, path: string, from: string | RegExp, to: string) => {
  expect(text(clone, path)).toMatch(from);
  writeFileSync(join(clone, path), text(clone, path).replace(from, to));
};
const of = (findings: any[], wanted: string) => findings.filter(({ rule }) => rule === wanted);

const sourceOf = ({ instances }: any) => instances[0].source;

/** A manifest changed by hand: what the source makes is another, and there is no field `replica`. */
function broken(): string {
  const clone = cloned();
  write(clone, rollout, /^spec:\n/m, 'spec:\n  replica: 3\n');
  return clone;
}

test('check passes what is committed, and the same input gives the same bytes', async () => {
  const clone = cloned();
  const [first, second] = [await check(clone), await check(clone)];
  expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
  expect(second.out).toBe(first.out);
  expect(first.out).toMatch(/passed \d+ objects, \d+ rules/);
});

describe('check of a manifest that was changed by hand', () => {
  const clone = broken();
  const forms = [
    'text',
    'json=out/check.json',
    'markdown=out/check.md',
    'sarif=out/check.sarif',
    'github=out/github',
  ];
  const sarif = () => JSON.parse(text(clone, 'out/check.sarif')).runs[0];
  let said: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    said = await check(clone, ...forms.flatMap((form) => ['--output', form]));
  });

  test('fails, and names file, line, field and remedy', () => {
    expect(said.code).toBe(1);
    expect(said.out).toMatch(new RegExp(`${rollout}:\\d+:3`));
    expect(said.out).toContain('spec.replica is not a field here; is replicas meant?');
    expect(said.out).toContain('npm run synth');
    expect(said.out).toMatch(/failed .* critical/);
  });

  test('gives a report that its schema describes, with the line of the field', () => {
    const found = JSON.parse(text(clone, 'out/check.json'));
    isReport(found);
    expect(isReport.errors ?? []).toEqual([]);
    expect(isReport({ ...found, passed: 'no' })).toBe(false);
    const [{ line }] = of(found.findings, 'unknown-field').map(sourceOf);
    expect(text(clone, rollout).split('\n')[line - 1]).toBe('  replica: 3');
    expect(of(found.findings, 'stale').map(sourceOf)).toMatchObject([{ file: rollout }]);
  });

  test('gives a pull request a table, and a workflow annotations', () => {
    expect(text(clone, 'out/check.md')).toContain('| 🔴 | [unknown-field](docs/rules/unknown-field.md) |');
    expect(text(clone, 'out/github')).toMatch(
      new RegExp(
        `^::error file=${rollout},line=\\d+,col=3,title=unknown-field%3A [^:]*::spec.replica is not a field`,
        'm',
      ),
    );
  });

  test('gives code scanning rules, places and marks that survive a move, and fails from the level it is told', async () => {
    const { tool, results } = sarif();
    expect(tool.driver.rules.map(({ id }: any) => id)).toEqual(rules.map(({ id }) => id));
    const [result] = results.filter(({ ruleId }: any) => ruleId === 'unknown-field');
    expect(tool.driver.rules[result.ruleIndex].id).toBe('unknown-field');
    expect(result).toMatchObject({ level: 'error', message: { text: expect.stringContaining('spec.replica') } });
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    expect(artifactLocation).toEqual({ uri: rollout, uriBaseId: 'SRCROOT' });
    write(clone, rollout, /^apiVersion/m, '# moved\napiVersion');
    expect((await check(clone, '--output', 'sarif=out/check.sarif', '--fail-on', 'none')).code).toBe(0);
    const [moved] = sarif().results.filter(({ ruleId }: any) => ruleId === 'unknown-field');
    expect(moved.locations[0].physicalLocation.region.startLine).toBe(region.startLine + 1);
    expect(moved.partialFingerprints).toEqual(result.partialFingerprints);
  });
});

test('check --only-new tells what a branch adds and mends from what was there', async () => {
  const clone = broken();
  git(clone, 'commit', '--quiet', '--all', '-m', 'break one');
  git(clone, 'branch', '--quiet', 'before');
  write(clone, rollout, '  replica: 3\n', '');
  write(clone, service, /^spec:\n/m, 'spec:\n  port: 1\n');
  const { code, report: found } = await report(clone, '--only-new', '--base', 'before');
  const files = (findings: any[]) =>
    of(findings, 'unknown-field').map((each) => [sourceOf(each).file, each.status]);
  expect(code).toBe(1);
  expect(files(found.findings)).toEqual([[service, 'new']]);
  expect(files(found.fixed).map(([file]) => file)).toEqual([rollout]);
  expect(found.base).toEqual({ ref: 'before', commit: git(clone, 'rev-parse', 'before') });
  isReport(found);
  expect(isReport.errors ?? []).toEqual([]);
});

test('check --only-new passes what was bad before', async () => {
  const clone = cloned();
  const source = 'charts/constructs/rollout.ts';
  write(clone, source, /(spec\(\)[^{]*\{[^{}]*return \{)/, '$1 replica: 3,');
  expect(await run(clone, ['../charts/main'])).toMatchObject({ code: 0 });
  git(clone, 'commit', '--quiet', '--all', '-m', 'break it in the source');
  const { code, report: found } = await report(clone, '--only-new', '--base', 'HEAD');
  expect(of(found.findings, 'unknown-field').map(({ status }) => status)).toEqual(['known', 'known']);
  expect(code).toBe(0);
});

test('check finds an application that has lost its objects, until somebody says that is wanted', async () => {
  const clone = cloned();
  git(clone, 'rm', '--quiet', '-r', 'dist/staging/redis');
  const shrunk = async () => of((await report(clone)).report.findings, 'shrunk').map(sourceOf);
  expect(await shrunk()).toMatchObject([{ file: 'dist/staging/redis' }]);
  mkdirSync(join(clone, '.changes'));
  const said = (entry: string) => writeFileSync(join(clone, '.changes/ack.yaml'), entry);
  said(`- id: shrunk:dist/staging/redis\n  reason: staging uses the one of production\n  until: ${tomorrow}\n`);
  expect(await shrunk()).toEqual([]);
  said('- id: shrunk:dist/staging/redis\n');
  expect(await check(clone)).toMatchObject({ code: 2, err: expect.stringContaining('reason: is missing') });
});

describe('check refuses', () => {
  const clone = cloned();
  test.each([
    [['--output', 'xml'], '"xml" is none of text, json, markdown, sarif, github'],
    [['--output', 'json='], 'Name a file'],
    [['--explain', 'no-such-rule'], 'no-such-rule: is not the id of a rule; there are'],
    [['--only-new', '--base', 'nowhere'], '--base nowhere: is not a ref'],
  ])('%j with 2 and a remedy', async (args, said) => {
    expect(await check(clone, ...args)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
  });

  test('settings that cannot work, as synth does', async () => {
    const wrong = cloned();
    write(wrong, 'charts/environments/production.ts', /min: 3/, 'min: 30');
    const err = expect.stringContaining('charts/environments/production.ts: ');
    expect(await check(wrong)).toMatchObject({ code: 2, err });
  });
});

test('check --explain says why, and what to do; --help has examples and exit codes', async () => {
  const clone = cloned();
  const { code, out } = await check(clone, '--explain', 'plain-secret');
  expect(code).toBe(0);
  expect(out).toContain('Base64 is not encryption');
  expect(out).toContain("allow(object, 'plain-secret'");
  expect((await check(clone, '--help')).out).toMatch(/Examples:[\s\S]*Exit codes: 0 passed, 1/);
});
