import { type Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { say, timeoutOption, warn } from './command';
import { git, gitConfirms, gitName, gitRemote, headCommit, messageOf, patiently, stopRemotes } from './git';
import { chosen } from './system';

/** The remote did not take it: exit code 1. All other errors are the caller's to repair: 2. */
export class NotPushed extends Error {}

let interrupted = false;

/** The first signal ends what a remote is asked, and what was begun is undone; only a second one ends this process. */
export function undoOnInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      interrupted = true;
      stopRemotes();
    });
}

export function isInterrupted(): boolean {
  return interrupted;
}

/** A branch of a remote. */
export interface PushTarget {
  readonly remote: string;
  readonly branch: string;
  /** How long an answer of the remote may take, in milliseconds. */
  readonly patience: number;
}

/** What `pushOptions` makes of the arguments. */
export interface PushOptions {
  readonly push?: boolean;
  readonly remote: string;
  readonly branch?: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly attempts: number;
}

/** Gives a command the options that say where to push and how patiently. */
export function pushOptions(command: Command): Command {
  return command
    .addOption(new Option('--remote <name>', 'where to push').default('origin').argParser(gitName))
    .addOption(
      new Option(
        '--branch <name>',
        "the branch to push to (default: the current branch's upstream, or the delivered branch)",
      ).argParser(branchName),
    )
    .addOption(timeoutOption('time for an answer of the remote', '2m'))
    .addOption(
      new Option('--attempts <number>', 'how often to try when others push first')
        .default(5)
        .argParser(positiveCount),
    );
}

/** What git would take for a pattern, or for two branches, one of which it writes here, is not the name of one. */
function branchName(value: string): string {
  if (!/[\s:*?[\\^~]|\.\.|@\{|\/\/|[./]$|\.lock$/.test(value)) return gitName(value);
  throw new InvalidArgumentError('Write the name of one branch, for example main.');
}

function positiveCount(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Write a whole number, at least 1.');
}

/** What a push goes to. */
export async function pushTargetOf({ remote, branch, timeout: patience }: PushOptions): Promise<PushTarget> {
  if (branch) return { remote, branch, patience };
  const format = '--format=%(upstream:remotename) %(upstream:remoteref)';
  const checkedOut = await git('symbolic-ref', '--quiet', 'HEAD').catch(() => undefined);
  const [of, ref] = checkedOut ? (await git('for-each-ref', format, checkedOut)).split(' ') : [];
  if (of === remote && ref) return { remote, branch: ref.replace('refs/heads/', ''), patience };
  const settings = await chosen().basis();
  return { remote, branch: settings.cluster.delivery.branch, patience };
}

/**
 * Brings HEAD to the head of the branch that will be pushed to.
 *
 * @returns whether it moved, and with it the code that this process was started from
 */
export async function catchUp(target: PushTarget): Promise<boolean> {
  const theirs = await fetchHead(target);
  const before = await headCommit();
  if (before === theirs) return false;
  const { remote, branch } = target;
  const unpushed = await git('log', '--format=%h (%s)', `${theirs}..HEAD`);
  if (unpushed)
    throw new Error(
      `HEAD has commits that ${remote}/${branch} has not, and they would be pushed along: ${unpushed.split('\n').join(', ')}; put them on a branch of their own, or deploy from a clone without them`,
    );
  await git('merge', '--ff-only', '--quiet', theirs);
  await refuseOtherPackages(before, target);
  return true;
}

/** The head of a branch, fetched now. @throws NotPushed where it cannot be had */
export async function fetchHead({ remote, branch, patience }: PushTarget): Promise<string> {
  if (isInterrupted()) throw new NotPushed('interrupted; nothing was pushed');
  try {
    const fetch = gitRemote(patience, 'fetch', '--quiet', '--no-tags', '--', remote, `refs/heads/${branch}`);
    await patiently(`fetching ${branch} from ${remote}`, fetch);
  } catch (error) {
    throw new NotPushed(`${(error as Error).message}\nnothing was pushed; look at --remote and --branch`);
  }
  return git('rev-parse', 'FETCH_HEAD');
}

async function refuseOtherPackages(before: string, { remote, branch }: PushTarget): Promise<void> {
  if (await git('diff', '--name-only', before, 'HEAD', '--', 'package-lock.json'))
    throw new NotPushed(
      `package-lock.json is another one at ${remote}/${branch}, which is checked out now; run npm ci, then this again`,
    );
}

/**
 * Pushes the own commit, without force.
 *
 * @returns true when somebody else was faster: the own commit is gone, HEAD is theirs, and all is to be done again
 * @throws NotPushed when there is no use in trying again; the own commit is gone
 */
export async function wasOvertaken(
  target: PushTarget,
  own: string,
  attempt: number,
  attempts: number,
): Promise<boolean> {
  const { remote, branch } = target;
  const base = await git('rev-parse', `${own}^`);
  if (isInterrupted()) {
    await git('reset', '--keep', '--quiet', base);
    throw new NotPushed('interrupted; nothing is committed or pushed');
  }
  const push = gitRemote(
    target.patience,
    'push',
    '--quiet',
    '--no-follow-tags',
    '--',
    remote,
    `${own}:refs/heads/${branch}`,
  );
  const refusal = await patiently(`pushing to ${branch} of ${remote}`, push).then(() => undefined, messageOf);
  if (refusal === undefined) return false;

  // What happened is asked of the remote; only that another push is under way right now is read from its message.
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 300 * attempt));
  const answer = await fetchHead(target).catch(() => undefined);
  const theirs = answer ?? base;
  if (theirs === own) return false;
  const busy = /cannot lock ref|failed to update ref|\.lock'/.test(refusal);
  const rewritten = !(await gitConfirms('merge-base', '--is-ancestor', base, theirs));
  const lost = (theirs !== base || busy) && !rewritten;
  const more = lost && attempt < attempts && !isInterrupted();
  if ((await headCommit()) !== own)
    throw new NotPushed(`${refusal}\nHEAD is another commit by now, so ${own.slice(0, 10)} is left as it is`);
  // `--keep` stops rather than touch what is not committed.
  await git('reset', '--keep', '--quiet', more ? theirs : base).catch((error) => {
    throw new NotPushed(`${refusal}\n${messageOf(error)}\n${own.slice(0, 10)} is left as it is`);
  });
  if (rewritten)
    throw new NotPushed(`${remote}/${branch} was rewritten; nothing is committed or pushed, look at it`);
  if (!lost)
    throw new NotPushed(
      `${refusal}\n${answer ? 'nothing is committed or pushed' : `nothing is committed here; ${remote} does not answer, so look at ${branch} there before you run this again`}`,
    );
  if (!more)
    throw new NotPushed(
      `${busy ? `${refusal}\n` : ''}others pushed first (attempt ${attempt} of ${attempts}); nothing is committed or pushed, run this again`,
    );
  await refuseOtherPackages(base, target);
  warn(`${pc.yellow('again')} others pushed to ${branch} first (attempt ${attempt} of ${attempts})`);
  return true;
}

/**
 * Commits what `write` has put into the index, and pushes it; where others were faster, anew on their head.
 *
 * @param write returns the message of the commit; undefined when nothing is left to do
 * @returns whether it pushed
 * @throws NotPushed as `wasOvertaken`
 */
export async function pushedAnew(
  target: PushTarget,
  attempts: number,
  write: () => Promise<string | undefined>,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const message = await write();
    if (message === undefined) return false;
    await git('commit', '--quiet', '-m', message);
    const own = await headCommit();
    if (await wasOvertaken(target, own, attempt, attempts)) continue;
    say(`${pc.green('committed')} ${own.slice(0, 10)} ${message.split('\n', 1)}`);
    say(`${pc.green('pushed')}    to ${target.remote} ${target.branch}`);
    return true;
  }
}
