import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/root';

const folders = [
  '.ci',
  '.github',
  'bench',
  'charts',
  'commands',
  'docs',
  'examples',
  'review',
  'systems',
  'terraform-bridge',
  'test',
];
const files = spawnSync(
  'git',
  ['ls-files', '-co', '--exclude-standard', 'README.md', 'CONTRIBUTING.md', 'Jenkinsfile', ...folders],
  { cwd: root, encoding: 'utf8' },
)
  .stdout.trim()
  .split('\n')
  .filter((file) => !/\.(json|pem|jsonl)$|^test\/docs\/words\.test\.ts$/.test(file));

/** Each line of ours that a person reads and that the pattern is in: `file:line: the line`. */
function lines(pattern: RegExp, excused = /^$/): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        pattern.test(line) && !excused.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 100)}`] : [],
      ),
  );
}

test('a comment begins with what it is about', () => {
  expect(files.length).toBeGreaterThan(800);
  expect(lines(/^\s*(\/\/|\*|\/\*\*|#) *Of\b/)).toEqual([]);
});

test('what a value is not is said in plain words: it is not a valid X', () => {
  const said = /(?<!\b[Tt]here )\b(is|are|was|were) no (?!longer|more|wider|less)/;
  expect(lines(said).filter((line) => !line.startsWith('test/'))).toEqual([]);
});

test('the architecture that the system was ordered by has one name, the design', () => {
  expect(lines(/\b[Tt]he documents\b/)).toEqual([]);
});
