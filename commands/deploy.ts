import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { Image } from '../charts/environments/image';
import type { Changes } from '../charts/output';
import { command, fail } from './command';
import { put } from './destination';
import { git, head, holds, messageOf, patiently } from './git';
import { committedSettings } from './settings';
import { references, trailers } from './trailers';

const root = dirname(__dirname);
let interrupted = false;

/** A deploy is a commit (docs/decisions/0001-a-deploy-is-a-commit.md): one image file, and the manifests that carry the image. */
export interface Deploy {
  readonly environment: string;
  readonly app: string;
  /** What is to run, given the reference of what runs now, if anything does. */
  image(current: string | null): Promise<Image>;
  /** The commit's first line. */
  subject(image: Image): string;
}

export interface DeployOptions {
  readonly commit?: boolean;
  readonly push?: boolean;
  readonly remote: string;
  readonly branch?: string;
  readonly attempts: number;
  readonly allowRegistry?: string;
  readonly resume?: Resume;
  readonly [reference: `reference${string}`]: string | undefined;
}

/** What an attempt that was overtaken hands to the next one, which runs in a process of its own. */
interface Resume {
  readonly attempt: number;
  /** The reference before the first attempt; another one now is somebody else's deploy. Null when there was none. */
  readonly saw?: string | null;
  /** Chosen by the first attempt: what a rollback goes back to must not depend on who else deployed meanwhile. */
  readonly image?: string;
}

/** The remote did not take it: exit code 1. All other errors are the caller's to repair: 2. */
class NotPushed extends Error {}

/** The command with the options, exit codes and error messages that `promote` and `rollback` share. */
export function deployCommand(name: string, description: string, examples: readonly string[]): Command {
  const made = command(name)
    .description(description)
    .argument('<environment>', 'for example production')
    .argument('<app>', 'for example web')
    .option('--commit', 'commit the image file and the manifests that changed with it, and nothing else')
    .option('--push', 'commit, and push to the branch that Argo CD reads; somebody else may push at the same time')
    .option('--remote <name>', 'where to push', 'origin')
    .option('--branch <name>', "what to push to (default: the current branch's upstream, or the delivered branch)")
    .addOption(
      new Option('--attempts <number>', 'how often to try when others push first').default(5).argParser(count),
    )
    .option('--allow-registry <host/repository>', 'permit this repository, which is not one of the outputs');
  for (const [name, { flag, says, parse }] of Object.entries(references))
    made.addOption(
      new Option(`--reference-${name} <${flag}>`, `for Argo CD: the code's ${says}`).argParser(parse),
    );
  return made
    .addOption(new Option('--resume <json>').argParser((json) => JSON.parse(json)).hideHelp())
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n\nExit codes: 0 done, or nothing to do; 1 the push could not be completed; 2 wrong image, name, settings or work tree\n(after 1 and 2 nothing is committed, pushed or half-written)`,
    );
}

/** Runs it and says what went wrong, a line each. */
export async function exitWith(work: () => Promise<void>): Promise<void> {
  // The first Ctrl-C reaches a git that runs, and what was begun is undone; only a second one ends this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      interrupted = true;
    });
  try {
    await work();
  } catch (error) {
    fail(error as Error, error instanceof NotPushed ? 1 : 2);
  }
}

/**
 * Deploys: writes the image file, synthesizes, and with `--commit` and `--push` commits and pushes.
 *
 * An overtaken push is done again from the start on the new head, because what is generated cannot be merged as text.
 */
export async function deploy(what: Deploy, options: DeployOptions): Promise<void> {
  const { environment, app } = what;
  const file = await fileOf(environment, app);
  const target = options.push ? await targetOf(options) : undefined;
  const commits = options.commit || target !== undefined;
  if (commits) await refuseUncommitted(file, options.push);
  if (target && !options.resume && (await catchUp(target))) return again({ attempt: 1 });

  const { attempt, saw, image: chosen } = options.resume ?? { attempt: 1 };
  const current = read(file)?.trimEnd() ?? null;
  const image = chosen ? await accept(chosen, options.allowRegistry) : await what.image(current);
  if (image.reference === current) {
    console.log(`${app} in ${environment} is ${image.tag} already, nothing to do`);
    return;
  }
  if (commits) await refuseStale();

  const notes = saw === undefined || saw === current ? [] : [await meanwhile(file, current)];
  const message = [what.subject(image), replaced(current, image), ...notes, trailers(options)];
  const before = read(file);
  const changes = await synthesize(file, `${image.reference}\n`);
  const files = [file, ...changes.written, ...changes.removed];
  if (interrupted) {
    await synthesize(file, before);
    throw new NotPushed('interrupted; nothing is written, committed or pushed');
  }
  const own = commits
    ? await commit(files, message.filter(Boolean).join('\n\n'), () => synthesize(file, before))
    : undefined;
  if (target && own && (await overtaken(target, own, attempt, options.attempts)))
    return again({ attempt: attempt + 1, saw: saw === undefined ? current : saw, image: image.reference });

  for (const note of notes) console.log(pc.yellow(note));
  console.log(`${app} in ${environment}: ${current ?? 'nothing'} → ${image.reference}`);
  for (const path of files) console.log(`${pc.green('changed')}   ${path}`);
  if (own) console.log(`${pc.green('committed')} ${own.slice(0, 10)} ${what.subject(image)}`);
  if (target) console.log(`${pc.green('pushed')}    to ${target.remote} ${target.branch}`);
}

/**
 * Parses the reference of an image that may be deployed.
 *
 * @throws Error when tag or digest is missing, or the repository is not one of `ecr_repository_urls`
 */
export async function accept(reference: string, allowed: string | undefined): Promise<Image> {
  const { parseImage } = await import('../charts/environments/image');
  const { loadOutputs } = await import('../terraform-bridge/load');
  const image = parseImage(reference);
  const { values, problems } = loadOutputs(root, 'cluster');
  if (!values) throw new Error(problems.join('\n'));
  const repositories = Object.values(values.ecr_repository_urls);
  if (![...repositories, allowed].includes(image.repository))
    throw new Error(
      `${JSON.stringify(image.repository)} is not a repository of this cluster (${repositories.join(', ')}: ecr_repository_urls in terraform-bridge/outputs/cluster.json); push the image there, or add --allow-registry ${image.repository}`,
    );
  return image;
}

async function fileOf(environment: string, app: string): Promise<string> {
  const { settings } = await import('../charts/environments');
  const { apps, imageFile } = await import('../charts/settings');
  const environments = settings.environments.map(({ name }) => name);
  if (!environments.includes(environment))
    throw new Error(
      `${JSON.stringify(environment)} is no environment (charts/environments/index.ts); use ${environments.join(' or ')}`,
    );
  if (!apps.some((name) => name === app))
    throw new Error(`${JSON.stringify(app)} is no app (charts/settings.ts); use ${apps.join(' or ')}`);
  return imageFile(environment, app);
}

/** Writes the image file and synthesizes; when that fails the file is what it was. */
async function synthesize(file: string, text: string | undefined): Promise<Changes> {
  const { synth } = await import('../charts/synth');
  const previous = read(file);
  write(file, text);
  try {
    return synth(root);
  } catch (error) {
    write(file, previous);
    throw error;
  }
}

function read(file: string): string | undefined {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function write(file: string, text: string | undefined): void {
  const path = join(root, file);
  if (text === undefined) rmSync(path, { force: true });
  else put(text, path);
}

/** A commit takes whole files, so other people's changes in them would go along. */
async function refuseUncommitted(file: string, push: boolean | undefined): Promise<void> {
  const status = ['status', '--porcelain', '--no-renames'];
  const mixed = await git(...status, '--untracked-files=all', '--', 'dist', 'argocd', file);
  const found = mixed || (push ? await git(...status, '--untracked-files=no') : '');
  if (!found) return;
  const lines = found.split('\n').map((line) => line.slice(2).trim());
  const some =
    lines.length > 5 ? `${lines.slice(0, 5).join(', ')} and ${lines.length - 5} more` : lines.join(', ');
  throw new Error(
    `uncommitted changes, which ${mixed ? 'the commit would mix in' : 'a push could not keep apart'}: ${some}; commit them, or put them away (git stash --include-untracked)`,
  );
}

/** Manifests that are behind the code would change with the image, and nobody would have reviewed that. */
async function refuseStale(): Promise<void> {
  const { outputs } = await import('../charts/app');
  const { render } = await import('../charts/output');
  let files: ReadonlyMap<string, string>;
  try {
    files = render(outputs(await committedSettings(root)));
  } catch {
    // An image file that is missing or wrong is what this deploy repairs; all else stops it when it synthesizes.
    return;
  }
  const behind = [...files].filter(([path, text]) => read(path) !== text).map(([path]) => path);
  const committed = (await git('ls-files', '-z', '--', 'dist', 'argocd')).split('\0');
  const stale = [...behind, ...committed.filter((path) => path && !files.has(path))];
  if (stale.length > 0)
    throw new Error(
      `${stale[0]}${stale.length > 1 ? ` and ${stale.length - 1} more` : ''}: not what the code generates, and the commit would change it with the image; run npm run synth, review and commit that first`,
    );
}

/** Commits exactly these files, whatever else is staged; when that fails they are what they were. */
async function commit(files: readonly string[], message: string, undo: () => Promise<unknown>): Promise<string> {
  try {
    await git('add', '--all', '--', ...files);
    await git('commit', '--quiet', '--cleanup=whitespace', '--only', '-m', message, '--', ...files);
  } catch (error) {
    await git('reset', '--quiet', '--', ...files);
    await undo();
    throw error;
  }
  return head();
}

function replaced(current: string | null, { reference }: Image): string {
  return current ? `It replaces\n${current} →\n${reference}` : `It is the first:\n${reference}`;
}

async function meanwhile(file: string, current: string | null): Promise<string> {
  const by = await git('log', '-1', '--first-parent', '--format=%an in %h', '--', file);
  return `Meanwhile ${by} had deployed ${current ?? 'nothing'}, which this replaces.`;
}

interface Target {
  readonly remote: string;
  readonly branch: string;
}

async function targetOf({ remote, branch }: DeployOptions): Promise<Target> {
  if (branch) return { remote, branch };
  const format = '--format=%(upstream:remotename) %(upstream:remoteref)';
  const checkedOut = await git('symbolic-ref', '--quiet', 'HEAD').catch(() => undefined);
  const [of, ref] = checkedOut ? (await git('for-each-ref', format, checkedOut)).split(' ') : [];
  if (of === remote && ref) return { remote, branch: ref.replace('refs/heads/', '') };
  const { settings } = await import('../charts/environments');
  return { remote, branch: settings.cluster.delivery.branch };
}

/**
 * Brings HEAD to the head of the branch that will be pushed to.
 *
 * @returns whether it moved, and with it the code that this process was started from
 */
async function catchUp(target: Target): Promise<boolean> {
  const theirs = await fetchHead(target);
  const before = await head();
  if (before === theirs) return false;
  const { remote, branch } = target;
  const unpushed = await git('log', '--format=%h (%s)', `${theirs}..HEAD`);
  if (unpushed)
    throw new Error(
      `HEAD has commits that ${remote}/${branch} has not, and they would be pushed along: ${unpushed.split('\n').join(', ')}; push them first (git push ${remote} HEAD:${branch}), or deploy from a clone without them`,
    );
  await git('merge', '--ff-only', '--quiet', theirs);
  await refuseOtherPackages(before, target);
  return true;
}

async function fetchHead({ remote, branch }: Target): Promise<string> {
  try {
    const fetch = git('fetch', '--quiet', '--no-tags', remote, `refs/heads/${branch}`);
    await patiently(`fetching ${branch} from ${remote}`, fetch);
  } catch (error) {
    throw new NotPushed(`${(error as Error).message}\nnothing was pushed; look at --remote and --branch`);
  }
  return git('rev-parse', 'FETCH_HEAD');
}

async function refuseOtherPackages(before: string, { remote, branch }: Target): Promise<void> {
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
async function overtaken(target: Target, own: string, attempt: number, attempts: number): Promise<boolean> {
  const { remote, branch } = target;
  const base = await git('rev-parse', `${own}^`);
  if (interrupted) {
    await git('reset', '--keep', '--quiet', base);
    throw new NotPushed('interrupted; nothing is committed or pushed');
  }
  const push = git('push', '--quiet', remote, `${own}:refs/heads/${branch}`);
  const refusal = await patiently(`pushing to ${branch} of ${remote}`, push).then(() => undefined, messageOf);
  if (refusal === undefined) return false;

  // What happened is asked of the remote; only that another push is under way right now is read from its message.
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 300 * attempt));
  const answer = await fetchHead(target).catch(() => undefined);
  const theirs = answer ?? base;
  if (theirs === own) return false;
  const busy = /cannot lock ref|failed to update ref|\.lock'/.test(refusal);
  const rewritten = !(await holds('merge-base', '--is-ancestor', base, theirs));
  const lost = (theirs !== base || busy) && !rewritten;
  const more = lost && attempt < attempts && !interrupted;
  if ((await head()) !== own)
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
  console.error(`${pc.yellow('again')} others pushed to ${branch} first (attempt ${attempt} of ${attempts})`);
  return true;
}

/** The code may have moved as well, and this process runs what it was: the next attempt is a process of its own. */
async function again(resume: Resume): Promise<void> {
  const [entry = '', ...given] = process.argv.slice(1);
  const args = given[0] === '--resume' ? given.slice(2) : given;
  const runner = [join(root, 'commands', 'run.mjs'), relative(root, entry)];
  const child = spawn(process.execPath, [...runner, '--resume', JSON.stringify(resume), ...args], {
    stdio: 'inherit',
  });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function count(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Write a whole number, at least 1.');
}
