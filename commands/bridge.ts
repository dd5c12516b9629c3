import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Argument } from 'commander';
import pc from 'picocolors';
import { readText, textIfThere } from '../charts/files';
import { synth } from '../charts/synth';
import { declared, type Stack } from '../charts/terraform-outputs/declared';
import { outputsFile } from '../charts/terraform-outputs/load';
import { masked } from '../review/model/literals';
import { stacksOf } from '../systems/system';
import { command, failUnwritten, say } from './command';
import { patiently } from './git';
import { awaitingRestart, requireRestart } from './restarted';
import { chosen } from './system';

const root = dirname(__dirname);
/** Where `npm run terraform` writes the stack, and where a person has applied it. */
const folderOf = (stack: Stack) => `${stacksOf(chosen())}/${stack}`;

command('bridge')
  .description(
    "Brings a stack's outputs to the charts: checks them, writes terraform-bridge/outputs/<stack>.json, and synthesizes.",
  )
  .addArgument(new Argument('<stack>', 'which outputs').choices(Object.keys(declared)))
  .option(
    '--from <file>',
    'the output of `terraform output -json`; - is standard input (default: runs terraform or tofu in the folder of the stack)',
  )
  .option('--restarted', 'the database has restarted since the apply: believe it, and do not ask AWS')
  .addHelpText(
    'after',
    `
Examples:
  npm run bridge -- cluster                       after an apply on this machine
  npm run bridge -- production --from outputs.json
  terraform output -json | npm run --silent bridge -- cluster --from -

Parameters that a database reads only at its start are taken when AWS says that it has restarted with them: the charts
count on them from then on. That asks \`aws rds describe-db-instances\`.

Exit codes: 0 written, or nothing to do; 2 wrong outputs or settings, no program to ask, or a database that waits for a
restart (nothing is written)`,
  )
  .action(async (stack: Stack, { from, restarted }: { from?: string; restarted?: boolean }) => {
    try {
      const answer = tidied(from === undefined ? await ask(stack) : await read(from), from ?? 'the answer');
      const waiting = restarted ? undefined : awaitingRestart(root, stack, answer);
      if (waiting) await requireRestart(waiting);
      await bridge(stack, answer);
    } catch (error) {
      failUnwritten(error as Error);
    }
  })
  .parseAsync();

async function bridge(stack: Stack, answer: string): Promise<void> {
  const file = outputsFile(stack);
  const before = textIfThere(join(root, file)) ?? '{}';
  const { written, removed } = await synth(chosen(), root, { folder: root }, { [stack]: answer });
  for (const line of differences(before, answer)) say(line);
  const manifests = written.filter((path) => path !== file);
  for (const path of manifests) say(`${pc.green('wrote')}   ${path}`);
  for (const path of removed) say(`${pc.red('removed')} ${path}`);
  const changed = manifests.length + removed.length;
  if (!written.includes(file)) {
    say(`${file} says so already; ${changed} manifests changed`);
    return;
  }
  say(`${file} is written, ${changed} manifests changed with it; review \`git diff\` and commit them together`);
}

/** Each output that is another one than before, and how. */
function* differences(before: string, after: string): Generator<string> {
  const [old, now] = [before, after].map((json) => JSON.parse(json) as Record<string, { value?: unknown }>);
  for (const name of Object.keys({ ...old, ...now }).sort()) {
    const [was, is] = [old, now].map((outputs) => outputs?.[name]?.value);
    const told = (value: unknown) => JSON.stringify(masked('', [name], value)) ?? 'none';
    if (JSON.stringify(was) !== JSON.stringify(is))
      yield `${pc.bold(name)}: ${told(was)} ${pc.dim('→')} ${told(is)}`;
  }
}

async function read(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readText(file, { pipe: true });
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`--from ${file}: ${message}; give the file that \`terraform output -json\` was written to`);
  }
}

/** Asks whichever of the two programs is there. */
async function ask(stack: Stack): Promise<string> {
  const folder = folderOf(stack);
  for (const program of ['terraform', 'tofu']) {
    const asked = promisify(execFile)(program, ['output', '-json', '-no-color'], {
      cwd: join(root, folder),
      maxBuffer: 2 ** 26,
      env: { ...process.env, TF_IN_AUTOMATION: '1' },
    });
    try {
      return (await patiently(`asking ${program} for the outputs of ${stack}`, asked)).stdout;
    } catch (error) {
      const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
      if (code === 'ENOENT' && existsSync(join(root, folder))) continue;
      throw new Error(
        `${program} output -json, in ${folder}: ${(stderr || message).trim()}\nrun \`${program} -chdir=${folder} init\` first, or give its answer by --from`,
      );
    }
  }
  throw new Error(
    'neither terraform nor tofu is here; run `terraform output -json` where the state is and give its answer by --from',
  );
}

/** Sorted, so that a difference is a change. */
function tidied(answer: string, from: string): string {
  let outputs: unknown;
  try {
    outputs = JSON.parse(answer);
  } catch (error) {
    throw new Error(`${from}: ${(error as Error).message}; it must be what \`terraform output -json\` prints`);
  }
  return `${JSON.stringify(sorted(outputs), null, 2)}\n`;
}

/** Keys only: the order of a list is that of the zones. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
