import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../support/root';

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

test('what a comment or a page points at in docs/ is there, and no decision is named by a number alone', () => {
  const files = [
    'charts',
    'commands',
    'docs',
    'examples',
    'review',
    'systems',
    'terraform-bridge',
    'test',
  ].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter(
        (file) =>
          /\.(ts|mjs|md)$/.test(file) && !file.includes('node_modules') && file !== 'test/docs/pages.test.ts',
      ),
  );
  const broken = files.flatMap((file) => {
    const words = text(file);
    const targets = [...words.matchAll(/(?<!test\/)\bdocs\/(?:decisions|runbooks)\/[\w./-]*\w/g)].map(
      ([target]) => target,
    );
    return [
      ...targets.filter((target) => !exists(target)).map((target) => `${file}: ${target}`),
      ...[...words.matchAll(/\[decision \d{1,2}\]/g)].map(([mark]) => `${file}: ${mark}`),
    ];
  });
  expect(broken).toEqual([]);
});

/** Whole, or as far as it is written: `docs/decisions/0019`. */
function exists(target: string): boolean {
  const at = target.lastIndexOf('/');
  const found = existsSync(join(root, target.slice(0, at))) ? readdirSync(join(root, target.slice(0, at))) : [];
  return found.some(
    (name) =>
      name === target.slice(at + 1) ||
      name.startsWith(`${target.slice(at + 1)}-`) ||
      name === `${target.slice(at + 1)}.md`,
  );
}

test('the map of the rooms fits a screen, and every path that it or CONTRIBUTING names is there', () => {
  expect(text('docs/where-things-go.md').split('\n').length).toBeLessThanOrEqual(61);
  const named = ['docs/where-things-go.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...text(page).matchAll(/`((?:charts|commands|docs|review|test|terraform-bridge|imports)\/[\w./-]*)`/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
