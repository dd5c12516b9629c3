import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import program from '../charts/program.json';
import { generatedOf } from '../systems/system';
import { affectedTests } from './affected';
import { findBase } from './base';
import { command, fail, say } from './command';
import { git, gitName } from './git';
import { chosen } from './system';
import { colorOption, type Shown, terminalOf } from './terminal';

const root = dirname(__dirname);
/** What the first two make, and what has to be committed with its source. */

interface Options extends Shown {
  readonly base?: string;
  readonly tests: boolean;
}

/** Whether it is fine, and the one line that says how. */
interface Step {
  readonly name: string;
  run(): Outcome;
}

interface Outcome {
  readonly ok: boolean;
  readonly says: string;
  /** Shown when it is not fine. */
  readonly output?: string;
}

command('ready')
  .description(
    'One command before a push: writes what is generated, and asks whether it is committed, right, in style and tested.',
  )
  .addOption(
    new Option('--base <ref>', 'what this branch is compared with (default: origin/main, else main)').argParser(
      gitName,
    ),
  )
  .option('--no-tests', 'leave the tests out')
  .addOption(colorOption())
  .addHelpText(
    'after',
    `
Examples:
  ${program.command} ready                                before a push
  git config core.hooksPath .githooks         from now on before each push, by itself

It runs the tests that the changed files concern; npm test and npm run test:commands run all.
Exit codes: 0 ready; 1 something is not; 2 wrong arguments`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run(options: Options): Promise<void> {
  const { colors } = terminalOf(options);
  const base = await findBase(options.base);
  const changed = await changedSince(base?.commit);
  const against = base ? ['--base', base.ref] : [];
  const steps: readonly Step[] = [
    { name: 'synth', run: () => entry('charts/main.ts', [], -1) },
    { name: 'terraform', run: () => entry('terraform-bridge/main.ts', [], 0) },
    { name: 'committed', run: committed },
    { name: 'check', run: () => entry('commands/check.ts', base ? ['--only-new', ...against] : [], -1) },
    ...(base
      ? [{ name: 'diff', run: () => entry('commands/diff.ts', [...against, ...gate], -2) }]
      : [{ name: 'diff', run: () => ({ ok: true, says: 'not asked: there is neither origin/main nor main' }) }]),
    { name: 'lint', run: lint },
    ...(options.tests ? [{ name: 'tests', run: () => tests(changed) }] : []),
  ];
  const width = Math.max(...steps.map(({ name }) => name.length));
  const failed: string[] = [];
  for (const { name, run: step } of steps) {
    const began = performance.now();
    const { ok, says, output } = step();
    const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(7);
    if (!ok) failed.push(name);
    say(`${ok ? colors.green('ok    ') : colors.red('failed')} ${name.padEnd(width)} ${seconds}  ${says}`);
    if (!ok && output) say(output.replace(/^/gm, '         '));
  }
  const left = options.tests ? '' : ' (the tests were left out)';
  say(failed.length === 0 ? colors.bold(`ready to push${left}`) : `not ready: ${failed.join(', ')}${left}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** As pull requests are judged. */
const gate = ['--fail-on-class', 'data-loss,immutable'];

/** @param line which line of its output says how it went, counted from the end where negative */
function entry(file: string, args: readonly string[], line: number): Outcome {
  return ran(process.execPath, [join(root, 'commands/run.mjs'), file, '--system', chosen().name, ...args], line);
}

function ran(program: string, args: readonly string[], line: number): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    // The command's own name in its words, and no colours in what is shown below.
    env: { ...process.env, DELIVERY_CALLED: undefined, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const says = stdout.trim().split('\n').at(line) ?? '';
  const output = error ? error.message : `${stdout}${stderr}`.trimEnd();
  return { ok: status === 0, says: status === 0 ? says : `exit code ${status}`, output };
}

function committed(): Outcome {
  const { stdout } = spawnSync('git', ['status', '--porcelain', '--', ...generatedOf(chosen())], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = stdout.split('\n').filter(Boolean);
  return files.length === 0
    ? { ok: true, says: `${generatedOf(chosen()).join(', ')} are what is committed` }
    : {
        ok: false,
        says: `${files.length} generated files are not; commit them with their source`,
        output: stdout,
      };
}

function lint(): Outcome {
  const bin = (name: string) => join(root, 'node_modules/.bin', name);
  const types = ran(bin('tsc'), ['--noEmit'], -1);
  if (!types.ok) return types;
  const style = ran(bin('biome'), ['check', '--colors=off'], -1);
  return style.ok ? { ok: true, says: 'types and style' } : style;
}

function tests(changed: readonly string[]): Outcome {
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', 'test'], {
    cwd: root,
    encoding: 'utf8',
  });
  const all = stdout.split('\0').filter((path) => path.endsWith('.test.ts'));
  const affected = affectedTests(changed, all);
  if (affected.length === 0) return { ok: true, says: 'no test is concerned' };
  const { ok, output = '' } = ran(
    process.execPath,
    [join(root, 'node_modules/jest/bin/jest.js'), ...affected],
    -1,
  );
  const count = /^Tests: +(.*)$/m.exec(output)?.[1];
  return { ok, says: `${count ?? 'no test ran'}, in ${affected.length} of ${all.length} files`, output };
}

/** Committed on this branch or not, or not even known to git. Without a base, what is not committed. */
async function changedSince(commit = 'HEAD'): Promise<string[]> {
  const [differing, untracked] = await Promise.all([
    git('diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', commit),
    git('ls-files', '-z', '--others', '--exclude-standard'),
  ]);
  return [...new Set([...differing.split('\0'), ...untracked.split('\0')])].filter(Boolean).sort();
}
