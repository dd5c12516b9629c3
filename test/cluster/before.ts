import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from '../support/root';

const generated = ['dist', 'argocd'];

/**
 * The commit that the cluster runs before this tree comes: main's last one with other manifests.
 *
 * @throws Error when the history does not go back so far
 */
export async function commitBefore(): Promise<string> {
  for (const main of ['origin/main', 'main']) {
    const commit = await git('rev-parse', '--verify', '--quiet', `${main}^{commit}`).catch(() => undefined);
    if (commit && (await differs(commit))) return commit;
  }
  const last = await git('log', '-1', '--first-parent', '--format=%H', '--', ...generated);
  const before = last && (await git('rev-parse', '--verify', '--quiet', `${last}^1`).catch(() => undefined));
  if (before) return before;
  throw new Error(
    'git has no commit with other manifests than these; a shallow clone has none: run git fetch --unshallow',
  );
}

/** Writes the manifests of a commit into a folder. */
export async function checkOut(commit: string, folder: string): Promise<void> {
  // Without an index of its own it would change that of the repository.
  const env = { ...process.env, GIT_INDEX_FILE: `${folder}.index` };
  const run = promisify(execFile);
  await run('git', ['read-tree', commit], { cwd: root, env });
  await run('git', ['checkout-index', '--all', `--prefix=${folder}/`], { cwd: root, env });
}

function differs(commit: string): Promise<boolean> {
  return git('diff', '--quiet', commit, '--', ...generated).then(
    () => false,
    () => true,
  );
}

async function git(...args: string[]): Promise<string> {
  return (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
}
