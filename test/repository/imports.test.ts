import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graphOf, importsOf } from '../support/import-graph';
import { root } from '../support/root';

const files = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
})
  .stdout.trim()
  .split('\n');

/** A shortest circle through each file that is in one, told once: `a → b → a`. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const told = new Set<string>();
  const found: string[] = [];
  for (const start of graph.keys()) {
    if (told.has(start)) continue;
    const from = new Map<string, string | undefined>([[start, undefined]]);
    for (const file of from.keys())
      for (const next of graph.get(file) ?? []) {
        if (next === start && !told.has(start)) {
          const way = [start];
          for (let at: string | undefined = file; at; at = from.get(at)) way.unshift(at);
          for (const each of way) told.add(each);
          found.push(way.join(' → '));
        }
        if (!from.has(next)) from.set(next, file);
      }
  }
  return found;
}

const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const graph = graphOf(texts);
const arrows = [...graph].flatMap(([from, all]) => all.map((to) => ({ from, to })));
const crossing = (from: RegExp, to: RegExp) =>
  arrows
    .filter((arrow) => from.test(arrow.from) && to.test(arrow.to))
    .map((arrow) => `${arrow.from} → ${arrow.to}`);

test.each([
  ["import { a } from './a';", ['./a']],
  ["import type { A } from '../b/a';", ['../b/a']],
  ["import {\n  type A,\n  b,\n} from './a';", ['./a']],
  ["export { a } from './a';\nexport * from './b';", ['./a', './b']],
  ["import './a';\nconst b = await import('./b');\nlet c: typeof import('./c');", ['./a', './b', './c']],
  ["const { a } = require('./a');", ['./a']],
  ["import fs from 'node:fs';\nimport a from 'a';", []],
  ["// import a from './a';\n/** import('./b') */\n * from './c'", []],
])('what is imported is found: %j', (text, expected) => {
  expect(importsOf(text)).toEqual(expected);
});

test('a circle is found, of types alone too, and told in its order', () => {
  const texts = new Map([
    ['f/a.ts', "import type { B } from './b';"],
    ['f/b.ts', "import { c } from '../g';"],
    ['g/index.ts', "import type { A } from '../f/a';"],
    ['h.ts', "import { a } from './f/a';"],
  ]);
  expect(circles(graphOf(texts))).toEqual(['f/a.ts → f/b.ts → g/index.ts → f/a.ts']);
  texts.set('g/index.ts', '');
  expect(circles(graphOf(texts))).toEqual([]);
});

test('the files of every folder are looked at', () => {
  for (const folder of [
    'bench',
    'charts',
    'commands',
    'examples',
    'review',
    'systems',
    'terraform-bridge',
    'test',
  ])
    expect(arrows.some(({ from }) => from.startsWith(`${folder}/`))).toBe(true);
  expect(arrows.length).toBeGreaterThan(1500);
});

test('no file imports itself by way of others', () => {
  expect(circles(graph)).toEqual([]);
});

test('charts know neither Terraform nor what reviews them, and nothing but a command knows the commands', () => {
  expect(crossing(/^charts\//, /^(terraform-bridge|review|commands|test|bench)\//)).toEqual([]);
  expect(crossing(/^terraform-bridge\//, /^(review|commands|test|bench)\//)).toEqual([]);
  expect(crossing(/^review\//, /^(terraform-bridge|commands|test|bench)\//)).toEqual([]);
  expect(crossing(/^commands\//, /^(test|bench)\//)).toEqual([]);
});

test('of the charts, Terraform and the review read settings and outputs, and no chart', () => {
  const open =
    /^charts\/(environments\/|terraform-outputs\/|settings\.ts|facts\.ts|program\.json|output\.ts|plain-yaml\.ts|files\.ts|jenkins\/names\.ts|migrations\/names\.ts)/;
  const charts = (from: RegExp) => arrows.filter((arrow) => from.test(arrow.from) && /^charts\//.test(arrow.to));
  for (const from of [/^terraform-bridge\//, /^review\//])
    expect(charts(from).filter(({ to }) => !open.test(to))).toEqual([]);
});

test('a rule imports no other rule: what two of them need is not a rule and lies elsewhere', () => {
  const holdsRules = (file: string) =>
    /^review\/rules\/(?!index\.ts)/.test(file) && graph.get(file)?.includes('review/rule-of.ts') === true;
  expect(files.filter(holdsRules).length).toBeGreaterThan(20);
  expect(arrows.filter(({ from, to }) => holdsRules(from) && holdsRules(to))).toEqual([]);
});

test('what prints a report knows rules and what is reported of them, and nothing that is judged', () => {
  const judged = /^review\/(?!report\/|model\/|rule\.ts)/;
  expect(crossing(/^review\/report\//, judged)).toEqual([]);
});
