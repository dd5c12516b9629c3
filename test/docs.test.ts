import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './manifests';

const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.md') && !/(^|\/)(node_modules|\.git)\//.test(path),
);
const text = (path: string) => readFileSync(join(root, path), 'utf8');

test('every link between pages leads to a file', () => {
  const dead = pages.flatMap((page) =>
    [...text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .filter(([, target]) => !existsSync(join(root, dirname(page), target as string)))
      .map(([, target]) => `${page}: ${target}`),
  );
  expect(pages.length).toBeGreaterThan(20);
  expect(dead).toEqual([]);
});

test('every decision has a number of its own and a row in the index', () => {
  const decisions = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
  const numbers = decisions.map((name) => name.slice(0, 4));
  expect(new Set(numbers).size).toBe(numbers.length);
  const rows = [...text('docs/decisions/README.md').matchAll(/\]\((\d{4}-[^)]+)\)/g)].map(([, target]) => target);
  expect(rows).toEqual(decisions.sort());
});

test('the README has exactly two commands for a newcomer, each after the mark that CI finds it by', () => {
  const marks = [...text('README.md').matchAll(/<!-- ci: (\w+) -->\n```sh\n(.+)\n```/g)].map(
    ([, mark, command]) => [mark, command],
  );
  expect(marks).toEqual([
    ['run', 'npm ci && npm run synth'],
    ['test', 'npm ci && npm test'],
  ]);
});
