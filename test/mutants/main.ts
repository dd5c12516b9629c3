import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { randomOf } from '../../review/scheduling/random';
import { graphOf } from '../support/import-graph';
import { root } from '../support/root';
import { broken, type Mutant, mutantsOf } from './mutants';

interface Options {
  readonly sample: number;
  readonly seed: number;
  readonly seconds: number;
  readonly tests: number;
  readonly results: string;
  readonly part: readonly [number, number];
  readonly only?: string;
}

/** One break and whether a test noticed it; `late` when its tests took more than their time. */
interface Result extends Mutant {
  readonly file: string;
  readonly outcome: 'noticed' | 'unnoticed' | 'late';
}

/** Values that people choose: no test can say that another one is wrong. */
const taste = /^charts\/environments\/(cluster|production|staging|index|add-ons)\.ts$/;
const whole = (text: string) => Math.trunc(Number(text));
const share = (text: string) => text.split('/').map(Number) as [number, number];

/** By file, what imports it. */
const importers = new Map<string, string[]>();

new Command('test:mutants')
  .description(
    'Breaks a sample of review/ and charts/environments/ in small ways, one at a time in a copy, and says which breaks no related test notices. It can be stopped at any time and goes on where it was.',
  )
  .option('--sample <count>', 'how many breaks', whole, 200)
  .option('--seed <number>', 'another one is another sample', whole, 1)
  .option('--seconds <cpu>', 'processor time for the tests of one break', whole, 20)
  .option(
    '--tests <count>',
    'how many related test files are run at most, nearest first',
    whole,
    Number.POSITIVE_INFINITY,
  )
  .option('--only <path>', 'only files whose path begins so')
  .option(
    '--part <i/n>',
    'only each n-th, beginning with the i-th: parts may run beside each other',
    share,
    [1, 1],
  )
  .option('--results <file>', 'where results are kept, and read again', 'coverage/mutants.jsonl')
  .addHelpText(
    'after',
    '\nExit codes: 0 all are noticed, 1 some are not, 2 wrong arguments, or tests that fail with nothing broken',
  )
  .action(run)
  .parse();

function run({ sample, seed, seconds, tests, results, part: [part, parts], only = '' }: Options): void {
  // Whoever works on this machine goes first.
  setPriority(10);
  const files = execFileSync('git', ['ls-files', 'review', 'charts/environments'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file.endsWith('.ts') && file.startsWith(only) && !taste.test(file));
  const all = files.flatMap((file) =>
    mutantsOf(readFileSync(join(root, file), 'utf8')).map((mutant) => ({ file, ...mutant })),
  );
  const random = randomOf(seed);
  const drawn = all
    .map((mutant) => ({ mutant, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, sample)
    .filter((_, i) => i % parts === part - 1)
    .map(({ mutant }) => mutant);

  const kept = resolve(root, results);
  const known = new Map(
    (existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n').filter(Boolean) : [])
      .map((line) => JSON.parse(line) as Result)
      .map((result) => [nameOf(result), result]),
  );
  const graph = graphOf(
    new Map(
      execFileSync('git', ['ls-files', '*.ts'], { cwd: root, encoding: 'utf8' })
        .trim()
        .split('\n')
        .filter((file) => existsSync(join(root, file)))
        .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
    ),
  );
  for (const [file, imported] of graph)
    for (const each of imported) importers.set(each, [...(importers.get(each) ?? []), file]);
  mkdirSync(dirname(kept), { recursive: true });
  const copy = copied();
  try {
    const asked = drawn.filter((mutant) => !known.has(nameOf(mutant)));
    const needed = new Set(asked.flatMap(({ file }) => testsOf(file).slice(0, tests)));
    if (needed.size > 0 && !mustPass(copy, [...needed])) {
      process.exitCode = 2;
      return;
    }
    const done = drawn.map((mutant, i) => {
      const result = known.get(nameOf(mutant)) ?? { ...mutant, outcome: judge(copy, mutant, seconds, tests) };
      if (!known.has(nameOf(mutant))) appendFileSync(kept, `${JSON.stringify(result)}\n`);
      if (!known.has(nameOf(mutant)) || result.outcome !== 'noticed')
        console.log(`${i + 1}/${drawn.length} ${result.outcome.padEnd(9)} ${nameOf(mutant)}`);
      return result;
    });
    const count = (outcome: Result['outcome']) => done.filter((each) => each.outcome === outcome).length;
    const percent = Math.round((100 * count('noticed')) / Math.max(1, done.length));
    console.log(
      `${done.length} breaks of ${all.length}: ${count('noticed')} noticed (${percent} %), ${count('unnoticed')} unnoticed, ${count('late')} not judged within ${seconds} s of processor time`,
    );
    process.exitCode = done.length === count('noticed') ? 0 : 1;
  } finally {
    rmSync(dirname(copy), { recursive: true, force: true });
  }
}

function nameOf({ file, line, before, after }: Mutant & { readonly file: string }): string {
  const short = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 80) || 'nothing';
  return `${file}:${line}: ${short(before)} -> ${short(after)}`;
}

/** The tree as it is, so that nobody's own is ever broken. */
function copied(): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'mutants-')), 'tree');
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of listed.split('\n').filter(Boolean))
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  for (const modules of ['node_modules', 'terraform-bridge/node_modules'])
    if (existsSync(join(root, modules))) symlinkSync(join(root, modules), join(copy, modules));
  return copy;
}

/** Every file that imports a file, and what those are imported by, with how far away it is. */
function reachedFrom(file: string): Map<string, number> {
  const reached = new Map([[file, 0]]);
  for (const [at, far] of reached)
    for (const next of importers.get(at) ?? []) if (!reached.has(next)) reached.set(next, far + 1);
  return reached;
}

/** The tests that are related to a file, in the order in which they are likely to notice something: first its own folder's. */
function testsOf(file: string): string[] {
  const reached = [...reachedFrom(file)].filter(([each]) => /^test\/.*\.test\.ts$/.test(each));
  const ours = file.split('/');
  const shared = (test: string) => {
    const theirs = test.split('/').slice(1);
    const differs = ours.findIndex((part, i) => part !== theirs[i]);
    // `diff/classes.test.ts` is about `diff/classes/`, more than what stands beside it.
    const named = ours.some((part) => `${part.replace(/\.ts$/, '')}.test.ts` === theirs.at(-1));
    return 2 * differs - theirs.length + (named ? 2 : 0);
  };
  return reached
    .map(([test, far]) => ({ test, far, shared: shared(test) }))
    .sort((a, b) => b.shared - a.shared || a.far - b.far)
    .map(({ test }) => test);
}

function judge(
  copy: string,
  mutant: Mutant & { readonly file: string },
  seconds: number,
  most: number,
): Result['outcome'] {
  const tests = testsOf(mutant.file).slice(0, most);
  if (tests.length === 0) return 'unnoticed';
  const path = join(copy, mutant.file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, broken(text, mutant));
  try {
    const { status } = ran(copy, tests, seconds);
    return status === 0 ? 'unnoticed' : status === 1 ? 'noticed' : 'late';
  } finally {
    writeFileSync(path, text);
  }
}

/** @param seconds of processor time, so that a busy machine changes no outcome */
function ran(copy: string, tests: readonly string[], seconds: number) {
  return spawnSync(
    'sh',
    [
      '-c',
      `ulimit -t ${seconds}; exec "$@"`,
      'sh',
      process.execPath,
      'node_modules/jest/bin/jest.js',
      ...['--runInBand', '--bail', '--silent', '--testSequencer=./test/mutants/order.cjs', '--runTestsByPath'],
      ...tests,
    ],
    {
      cwd: copy,
      encoding: 'utf8',
      timeout: seconds * 15_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, CI: '1', TEST_ORDER: tests.map((test) => join(copy, test)).join('\n') },
    },
  );
}

/** A test that fails of itself, or a jest that does not run, would notice every break. */
function mustPass(copy: string, tests: readonly string[]): boolean {
  const { status, stderr } = ran(copy, tests, 1_800);
  if (status !== 0) console.error(`the tests do not pass with nothing broken; mend them first\n${stderr}`);
  return status === 0;
}
