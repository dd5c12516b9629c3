import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { root } from './root';

const temporary = inMemory('/dev/shm') ?? mkdtempSync(join(tmpdir(), 'deploy-'));
export const template = join(temporary, 'template');
export const images = 'charts/environments/images';
export const web = `${images}/production/web.txt`;
export const ecr = '000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren';
export const [first, second, third, another] = ['1111111-1', '2222222-2', '3333333-3', '9999999-9'].map(
  (tag) => `${ecr}:${tag}@sha256:${tag.slice(0, 1).repeat(64)}`,
) as [string, string, string, string];
export const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
export const neighbours = [
  ['staging', 'web'],
  ...readdirSync(join(root, images, 'production'))
    .filter((file) => file !== 'web.txt')
    .map((file) => ['production', basename(file, '.txt')]),
] as [string, string][];
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  // Nobody's settings. Not the null device: git replaces the file when somebody sets something there.
  GIT_CONFIG_GLOBAL: join(temporary, 'gitconfig'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Jenkins',
  GIT_AUTHOR_EMAIL: 'jenkins@example.com',
  GIT_COMMITTER_NAME: 'Jenkins',
  GIT_COMMITTER_EMAIL: 'jenkins@example.com',
  NO_COLOR: '1',
};
let made = 0;

prepare();

/** Files that come and go by the thousand are slow on a disk; but there must be room, and hooks must be allowed to run. */
function inMemory(parent: string): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(parent);
    if (bavail * bsize < 2 ** 30) return undefined;
    const folder = mkdtempSync(join(parent, 'deploy-'));
    const hook = join(folder, 'hook');
    writeFileSync(hook, '#!/bin/sh\n', { mode: 0o755 });
    if (spawnSync(hook).status === 0) return folder;
    rmSync(folder, { recursive: true });
  } catch {
    // No such folder, or not ours to write to.
  }
  return undefined;
}

/** Call it in each suite: the clones go with it. */
export function removeClones(): void {
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * A repository of this tree, in which the image of each file is known; not in beforeAll, which concurrent tests precede.
 * No command reads what is left out, and a clone of it takes a third of the files; of objects it has one, a pack.
 */
function prepare(): void {
  const left = ['node_modules', '.git', 'coverage', 'test', 'docs', 'bench'];
  cpSync(root, template, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !left.includes(basename(path)),
  });
  symlinkSync(join(root, 'node_modules'), join(template, 'node_modules'));
  for (const environment of readdirSync(join(template, images)))
    for (const file of readdirSync(join(template, images, environment)))
      writeFileSync(join(template, images, environment, file), `${file === 'web.txt' ? first : another}\n`);
  execFileSync(process.execPath, ['commands/run.mjs', 'charts/main.ts'], { cwd: template, env, stdio: 'pipe' });
  git(template, 'init', '--quiet', '--initial-branch=main');
  appendFileSync(join(template, '.git/info/exclude'), 'node_modules\n');
  git(template, 'add', '--all');
  git(template, 'commit', '--quiet', '-m', 'begin');
  git(template, 'repack', '--quiet', '-a', '-d');
}

/** A clone to work in, of the template unless there is a remote to push to. */
export function cloned(remote = template, ...options: string[]): string {
  const clone = join(temporary, `clone-${++made}`);
  git(temporary, 'clone', '--quiet', ...options, remote, clone);
  for (const packages of ['node_modules', 'terraform-bridge/node_modules'])
    symlinkSync(join(root, packages), join(clone, packages));
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  return clone;
}

/** Two clones of a new remote. */
export function clones(): [string, string] {
  const remote = join(temporary, `remote-${++made}.git`);
  git(temporary, 'clone', '--quiet', '--bare', template, remote);
  return [cloned(remote), cloned(remote)];
}

export async function done(clone: string, ...args: string[]) {
  const result = await run(clone, args);
  // What it said, where it should not have failed.
  expect(result.code === 0 ? '' : result.err).toBe('');
  return result;
}

export async function refused(code: number, said: string | RegExp, clone: string, ...args: string[]) {
  const err = typeof said === 'string' ? expect.stringContaining(said) : expect.stringMatching(said);
  expect(await run(clone, args)).toMatchObject({ code, err });
}

export function run(cwd: string, [command, ...args]: string[], more: NodeJS.ProcessEnv = {}) {
  const all = ['commands/run.mjs', `commands/${command}.ts`, ...args];
  return new Promise<{ code: number; out: string; err: string }>((resolve) =>
    execFile(process.execPath, all, { cwd, env: { ...env, ...more } }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

export function cli(command: string, ...args: string[]): string {
  return `'${[process.execPath, 'commands/run.mjs', `commands/${command}.ts`, ...args].join("' '")}'`;
}

export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trimEnd();
}

export function hook(clone: string, name: string, script: string, folder = '.git/'): void {
  const clean = 'unset $(git rev-parse --local-env-vars)';
  writeFileSync(join(clone, `${folder}hooks`, name), `#!/bin/sh\n${clean}\n${script}\n`, { mode: 0o755 });
}

export function once(clone: string, script: string): string {
  return `rm "$0"; cd ${clone} && (${script}) >/dev/null`;
}

export function edit(clone: string, path: string, from: string, to: string): void {
  expect(text(clone, path)).toContain(from);
  writeFileSync(join(clone, path), text(clone, path).replace(from, to));
}

export function text(clone: string, path: string): string {
  return readFileSync(join(clone, path), 'utf8');
}

export function changed(clone: string): string[] {
  const status = git(clone, 'status', '--porcelain', '--untracked-files=all').split('\n').filter(Boolean);
  return status.map((line) => line.slice(3)).sort();
}

export function published(clone: string): string[] {
  git(clone, 'fetch', '--quiet');
  return git(clone, 'log', '--format=%s', 'origin/main').split('\n');
}

/** What is published is what its code generates, so that nobody's change was lost in between. */
export async function expectGenerated(clone: string): Promise<void> {
  git(clone, 'reset', '--quiet', '--hard', 'origin/main');
  await expectCommitted(clone);
}

/** The tree is what is committed, and what its code generates. */
export async function expectCommitted(clone: string): Promise<void> {
  await done(clone, '../charts/main');
  expect(changed(clone)).toEqual([]);
}

/** A commit of this text for each, as anybody may make one: what is generated does not follow. */
export function held(clone: string, path: string, ...texts: string[]): void {
  for (const each of texts) {
    writeFileSync(join(clone, path), `${each}\n`);
    git(clone, 'add', path);
    git(clone, 'commit', '--quiet', '-m', 'change an image by hand');
  }
}
