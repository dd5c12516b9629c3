import { spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import program from '../charts/program.json';
import { git, gitRemote, patiently } from './git';
import { NotPushed, type PushOptions, type PushTarget, pushTargetOf } from './push';

const root = dirname(__dirname);

/** Says to the command that runs there that it need not make another one. */
const mark = 'DELIVERY_OWN_CLONE';

export function isOwnClone(): boolean {
  return process.env[mark] === '1';
}

/**
 * Runs this command anew at the head of the branch that it pushes to, in a clone of its own. Whatever else this clone holds:
 * this is what somebody types at night.
 *
 * @param given the arguments there; those of this process when absent
 * @returns the exit code
 */
export async function atHead(entry: string, options: PushOptions, given = process.argv.slice(2)): Promise<number> {
  const target = await pushTargetOf(options);
  const { remote, branch } = target;
  const place = given.some((word) => word.split('=')[0] === '--branch') ? [] : ['--branch', branch];
  const code = await inOwnClone(entry, [...place, ...given], target);
  // So that git and status here know of it; where this clone cannot be written, nothing is lost.
  if (code === 0 && options.push) await git('fetch', '--quiet', '--no-tags', '--', remote, branch).catch(() => {});
  return code;
}

/**
 * Runs a command at the head of a branch in a clone of its own, which is gone afterwards: what the person's clone holds,
 * committed or not, has no part in it and is not touched. Objects are shared, so only what is new is fetched.
 *
 * @param entry the command's source: `commands/rollback.ts`
 * @returns the exit code of the command
 * @throws NotPushed when the remote does not answer, or its head wants other packages than are installed
 */
async function inOwnClone(entry: string, args: readonly string[], target: PushTarget): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), `${program.name}-deploy-`));
  try {
    await made(folder, target);
    return await ended(
      spawn(process.execPath, [join(folder, 'commands', 'run.mjs'), entry, ...args], {
        stdio: 'inherit',
        env: { ...process.env, [mark]: '1' },
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function made(folder: string, { remote, branch, patience }: PushTarget): Promise<void> {
  const within = (...words: string[]) => git('-C', folder, ...words);
  const [shared = '', format = '', shallow] = (
    await git(
      'rev-parse',
      '--path-format=absolute',
      '--git-common-dir',
      '--show-object-format',
      '--is-shallow-repository',
    )
  ).split('\n');
  await git('init', '--quiet', `--object-format=${format}`, folder);
  // Credentials, identity and remotes of this clone; a hook of it is nobody's business here.
  copyFileSync(join(shared, 'config'), join(folder, '.git', 'config'));
  for (const name of ['core.worktree', 'core.hooksPath', 'core.bare'])
    await within('config', '--unset-all', name).catch(() => {});
  // A shallow clone has commits whose parents it has not, and an ancestor may be what is looked for.
  if (shallow !== 'true')
    appendFileSync(join(folder, '.git/objects/info/alternates'), `${join(shared, 'objects')}\n`);
  const address = await git('config', '--get', `remote.${remote}.url`).catch(() => undefined);
  if (address && isRelative(address)) await within('config', `remote.${remote}.url`, resolve(root, address));
  const from = address || !isRelative(remote) ? remote : resolve(root, remote);
  try {
    const fetch = gitRemote(
      patience,
      '-C',
      folder,
      'fetch',
      '--quiet',
      '--no-tags',
      '--',
      from,
      `refs/heads/${branch}`,
    );
    await patiently(`fetching ${branch} from ${remote}`, fetch);
  } catch (error) {
    throw new NotPushed(`${(error as Error).message}\nnothing was pushed; look at --remote and --branch`);
  }
  await within('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  const lock = (of: string) => readFileSync(join(of, 'package-lock.json'), 'utf8');
  if (lock(folder) !== lock(root))
    throw new NotPushed(
      `package-lock.json is another one at ${remote}/${branch} than here; run git pull and npm ci, then this again`,
    );
  // The links below are not folders, which is what .gitignore names.
  appendFileSync(join(folder, '.git/info/exclude'), 'node_modules\n');
  for (const packages of ['node_modules', 'terraform-bridge/node_modules'])
    if (existsSync(join(root, packages))) symlinkSync(join(root, packages), join(folder, packages));
}

/** A folder; neither an address nor `host:path`. */
function isRelative(address: string): boolean {
  return !isAbsolute(address) && !/^[\w.@-]+:/.test(address);
}

/** A signal of the terminal reaches it as well; this process waits for how it ends. */
function ended(child: ReturnType<typeof spawn>): Promise<number> {
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  return new Promise((resolved, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolved(code ?? 1));
  });
}
