import { execFile, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { warn } from './command';
import { isColored } from './terminal';

const root = dirname(__dirname);

/** What a person has set for their own eyes, and what would put other words into an answer. */
const plain = [
  'color.ui=false',
  'core.quotePath=false',
  'log.showSignature=false',
  'log.follow=false',
  'diff.autoRefreshIndex=true',
  'diff.ignoreSubmodules=none',
  'diff.relative=false',
].flatMap((each) => ['-c', each]);

/** The answer of `git`, trimmed. */
export function git(...args: string[]): Promise<string> {
  return ask(args);
}

/** What a remote is asked right now, each with what ends it. */
const remotes = new Set<() => void>();

/**
 * The answer of a git that speaks with a remote.
 *
 * @param limit in milliseconds
 * @throws Error when the remote has not answered by then, or nobody waits any more
 */
export function gitRemote(limit: number, ...args: string[]): Promise<string> {
  return ask(args, limit);
}

/** Nobody waits for a remote any more. */
export function stopRemotes(): void {
  for (const stop of remotes) stop();
}

async function ask(args: readonly string[], limit?: number): Promise<string> {
  // No library in between: simple-git 4 drops every GIT_* variable, among them those by which CI passes credentials, and
  // takes a failure that prints nothing for success.
  const asked = promisify(execFile)('git', [...plain, ...args], {
    cwd: root,
    maxBuffer: 2 ** 28,
    // Its messages in English, whatever the language here: some of them are looked at.
    // And whoever has installed .githooks/pre-push is not asked by a deploy.
    env: { ...process.env, LANGUAGE: 'C', ...(limit && { DELIVERY_DEPLOYS: '1' }) },
  });
  const name = `git ${args[args[0] === '-C' ? 2 : 0]}`;
  let why = '';
  const stop = (reason: string) => () => {
    why = reason;
    asked.child.kill();
    // The ssh or curl that it has started holds on to these, and would be waited for as well.
    asked.child.stdout?.destroy();
    asked.child.stderr?.destroy();
  };
  const interrupt = stop('interrupted');
  const late = limit && setTimeout(stop(`no answer within ${Math.round(limit / 1000)} s`), limit);
  if (limit) remotes.add(interrupt);
  try {
    return (await asked).stdout.trimEnd();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT')
      throw new Error(`${name}: git is not in PATH; install it`);
    if (why) throw new Error(`${name}: ${why}`);
    const { code, stderr, stdout, message } = error as Error & {
      code?: unknown;
      stderr?: string;
      stdout?: string;
    };
    const said = (stderr || stdout || message).split('\n').filter((line) => line && !line.startsWith('hint:'));
    throw Object.assign(new Error(`${name}: ${said.join('\n')}`), { code });
  } finally {
    clearTimeout(late);
    remotes.delete(interrupt);
  }
}

/** What objects hold that git knows by these names, in one process for all; nothing where there is none of that name. */
export async function gitObjects(names: readonly string[]): Promise<(string | undefined)[]> {
  if (names.length === 0) return [];
  const output = await new Promise<Buffer>((resolve, reject) => {
    const child = spawn('git', ['cat-file', '--batch'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(Buffer.concat(parts)) : reject(new Error(`git cat-file ended with ${code}`)),
    );
    child.stdin.end(names.map((name) => `${name}\n`).join(''));
  });
  let at = 0;
  return names.map(() => {
    const begin = output.indexOf('\n', at) + 1;
    const size = output.toString('utf8', at, begin).trimEnd().split(' ').at(-1) ?? '';
    at = begin;
    // `<name> missing`, after which nothing follows.
    if (!/^\d+$/.test(size)) return undefined;
    at = begin + Number(size) + 1;
    return output.toString('utf8', begin, begin + Number(size));
  });
}

/**
 * A name that git is given on its line of arguments: of a remote, a branch, a commit.
 *
 * @throws InvalidArgumentError for what git would read as an option, and for what no such name has
 */
export function gitName(value: string): string {
  if (/^[^-\s]\P{Cc}*$/u.test(value) && value.length <= 1000) return value;
  throw new InvalidArgumentError('Write a name of one line that does not begin with a hyphen.');
}

/** Says what is being waited for, once that takes longer than a person expects. */
export async function patiently<T>(waitingFor: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => warn(pc.createColors(isColored(process.stderr)).dim(`${waitingFor} …`)), 2_000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

export function headCommit(): Promise<string> {
  return git('rev-parse', 'HEAD');
}

/**
 * Whether git answers yes; no is its exit code 1.
 *
 * @throws Error with its own words when it cannot answer
 */
export function gitConfirms(...question: string[]): Promise<boolean> {
  return git(...question).then(
    () => true,
    (error: Error & { readonly code?: unknown }) => {
      if (error.code === 1) return false;
      throw error;
    },
  );
}

export function messageOf({ message }: Error): string {
  return message;
}
