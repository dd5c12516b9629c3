import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import pc from 'picocolors';
import { isColored } from './terminal';

const root = dirname(__dirname);

/** The answer of `git`, trimmed. */
export async function git(...args: string[]): Promise<string> {
  // No library in between: simple-git 4 drops every GIT_* variable, among them those by which CI passes credentials, and
  // takes a failure that prints nothing for success.
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 2 ** 28 });
    return stdout.trimEnd();
  } catch (error) {
    const { stderr, stdout, message } = error as Error & { stderr?: string; stdout?: string };
    const said = (stderr || stdout || message).split('\n').filter((line) => line && !line.startsWith('hint:'));
    throw new Error(`git ${args[0]}: ${said.join('\n')}`);
  }
}

/** Says what is being waited for, once that takes longer than a person expects. */
export async function patiently<T>(waitingFor: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(
    () => console.error(pc.createColors(isColored(process.stderr)).dim(`${waitingFor} …`)),
    2_000,
  );
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

export function head(): Promise<string> {
  return git('rev-parse', 'HEAD');
}

/** Whether git answers yes. */
export function holds(...question: string[]): Promise<boolean> {
  return git(...question).then(
    () => true,
    () => false,
  );
}

export function messageOf({ message }: Error): string {
  return message;
}
