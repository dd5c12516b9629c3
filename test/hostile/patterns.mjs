// `npm run test:patterns`: no regular expression of ours is slower than the length of its text, as recheck judges it. Run by
// npm exec, which fetches recheck: its checker is too large to be installed by everybody, and takes minutes.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const fetched = process.env.PATH.split(delimiter).find((folder) => folder.includes('_npx'));
const { checkSync } = createRequire(join(dirname(fetched ?? root), 'package.json'))('recheck');

/** Patterns that are slower on paper, and what holds their text short. */
const bounded = JSON.parse(readFileSync(join(root, 'test/hostile/patterns.json'), 'utf8'));

const folders = ['charts', 'commands', 'examples', 'review', 'systems', 'terraform-bridge'];
const listed = execFileSync('git', ['ls-files', ...folders], { cwd: root, encoding: 'utf8' });
const patterns = new Map();
for (const file of listed.split('\n').filter((name) => /\.(ts|mjs)$/.test(name)))
  walk(parseSync(readFileSync(join(root, file), 'utf8'), { syntax: 'typescript', target: 'es2022' }), file);

function walk(node, file) {
  if (typeof node !== 'object' || node === null) return;
  if (node.type === 'RegExpLiteral') patterns.set(`/${node.pattern}/${node.flags}`, { node, file });
  for (const inner of Object.values(node)) walk(inner, file);
}

const counts = { safe: 0, bounded: 0, undecided: 0, slow: 0 };
for (const [text, { node, file }] of patterns) {
  const { status, complexity, error } = checkSync(node.pattern, node.flags, { timeout: 10_000 });
  const verdict =
    status === 'safe' ? 'safe' : text in bounded ? 'bounded' : status === 'unknown' ? 'undecided' : 'slow';
  counts[verdict] += 1;
  if (verdict === 'slow' || verdict === 'undecided')
    console.log(
      `${verdict} ${file}: ${text} ${complexity?.type ?? error?.kind ?? ''} ${complexity?.degree ?? ''}`,
    );
}
for (const text of Object.keys(bounded))
  if (!patterns.has(text)) console.log(`no more: ${text}; remove it from test/hostile/patterns.json`);
console.log(
  `${patterns.size} patterns: ${Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')}`,
);
process.exitCode = counts.slow > 0 ? 1 : 0;
