import { spawn } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { Image } from '../charts/environments/image';
import { textIfThere } from '../charts/files';
import type { AppName } from '../charts/images';
import type { Before } from '../charts/output';
import type { Given } from '../charts/settings';
import { manifestsOf, promotedOf } from '../systems/system';
import { command, fail, say } from './command';
import { Refused } from './freezes';
import { git, headCommit } from './git';
import { withLock } from './lock';
import { promoted } from './promoted';
import {
  catchUp,
  isInterrupted,
  NotPushed,
  type PushOptions,
  type PushTarget,
  pushOptions,
  pushTargetOf,
  undoOnInterrupt,
  wasOvertaken,
} from './push';
import { committedSettings } from './settings';
import { chosen } from './system';
import { references, trailers } from './trailers';

const root = dirname(__dirname);

/** References of images, by app; null where there is none. */
export type References = Readonly<Partial<Record<AppName, string | null>>>;

/** What was decided to run. */
export interface Choice {
  readonly images: Readonly<Partial<Record<AppName, string>>>;
  /** The digest of the migrations that the image of `migrations` brings; absent when nobody knows. */
  readonly schema?: string;
  /** What a person should know of it, a line each. */
  readonly notes?: readonly string[];
}

/** A deploy is a commit (docs/decisions/0001-a-deploy-is-a-commit.md): image files, and the manifests that carry the images. */
export interface Deploy {
  readonly environment: string;
  readonly apps: readonly AppName[];
  /** What is to run, given what runs now. */
  choose(current: References): Promise<Choice>;
  /** Throws when that may not be done now; asked at every attempt, because others may have pushed what forbids it. */
  permit?(choice: Choice): Promise<void>;
  /** The app whose canary the image has passed. */
  readonly stable?: AppName;
  /** The commit's first line, of the images that change: apps of one image together, and its tag. */
  subject(images: readonly AppsOfImage[]): string;
}

/** Apps that are to run one image. */
export interface AppsOfImage {
  readonly apps: string;
  readonly tag: string;
}

export interface DeployOptions extends PushOptions {
  readonly commit?: boolean;
  readonly allowRegistry?: string;
  readonly resume?: Resume;
  readonly [reference: `reference${string}`]: string | undefined;
}

/** What an attempt that was overtaken hands to the next one, which runs in a process of its own. */
interface Resume {
  readonly attempt: number;
  /** The references before the first attempt; others now are somebody else's deploy. */
  readonly saw?: References;
  /** The choice of the first attempt: what a rollback goes back to must not depend on who else deployed meanwhile. */
  readonly choice?: Choice;
}

/** The command with the options, exit codes and error messages that `promote` and `rollback` share. */
export function deployCommand(name: string, description: string, examples: readonly string[]): Command {
  const made = command(name)
    .description(description)
    .argument('<environment>', 'for example production')
    .option('--commit', 'commit the image files and the manifests that changed with them, and nothing else')
    .option(
      '--push',
      'commit, and push to the branch that Argo CD reads; somebody else may push at the same time',
    );
  pushOptions(made).option(
    '--allow-registry <host/repository>',
    'permit this repository although the outputs do not list it',
  );
  for (const [name, { flag, says, parse }] of Object.entries(references))
    made.addOption(
      new Option(`--reference-${name} <${flag}>`, `for Argo CD: the code's ${says}`).argParser(parse),
    );
  return made
    .addOption(new Option('--resume <json>').argParser(resumed).hideHelp())
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n\nExit codes: 0 done, or nothing to do; 1 the push could not be completed; 2 wrong image, name, settings or work tree; 3 the environment is frozen\n(after 1, 2 and 3 nothing is committed, pushed or half-written)`,
    );
}

/** Runs it and says what went wrong, a line each. */
export async function exitWith(work: () => Promise<void>): Promise<void> {
  undoOnInterrupt();
  try {
    await work();
  } catch (error) {
    fail(error as Error, error instanceof NotPushed ? 1 : error instanceof Refused ? 3 : 2);
  }
}

/**
 * Deploys: writes the image files and the manifests, and with `--commit` and `--push` commits and pushes.
 *
 * An overtaken push is done again from the start on the new head, because what is generated cannot be merged as text.
 */
export async function deploy(what: Deploy, options: DeployOptions): Promise<void> {
  const next = await withLock(root, () => attempted(what, options));
  if (next) await again(next);
}

/** @returns what the next attempt has to know, when this one was overtaken */
async function attempted(what: Deploy, options: DeployOptions): Promise<Resume | undefined> {
  const { environment } = what;
  const { imageFile } = await promoted();
  const target = options.push ? await pushTargetOf(options) : undefined;
  const commits = options.commit || target !== undefined;
  if (commits) await refuseUncommitted(`${promotedOf(chosen())}/images/${environment}`, options.push);
  if (target && !options.resume && (await catchUp(target))) return { attempt: 1 };

  const { attempt, saw, choice: first } = options.resume ?? { attempt: 1 };
  const current = Object.fromEntries(
    what.apps.map((app) => [app, textOrNothing(imageFile(environment, app))?.trimEnd() ?? null]),
  ) as References;
  const choice = first ?? (await what.choose(current));
  await what.permit?.(choice);
  const images = await accepted(choice, options.allowRegistry);
  const changed = images.filter(([app, { reference }]) => reference !== current[app]);
  for (const [app, { tag, reference }] of images)
    if (reference === current[app]) say(`${app} in ${environment} is ${tag} already, nothing to do`);
  const files = await textsOf(what, choice, images);
  if (Object.keys(files).length === 0) return undefined;
  if (commits) await refuseStale(images.some(([app]) => current[app] === null));

  const others = saw ? changed.filter(([app]) => current[app] !== saw[app]) : [];
  const meanwhile = await Promise.all(
    others.map(([app]) => deployedMeanwhile(imageFile(environment, app), current[app])),
  );
  const { stable } = what;
  const passed = stable ? `The canary of ${stable} in ${environment} has passed ${images[0]?.[1].tag}.` : '';
  const subject =
    changed.length > 0 ? what.subject(grouped(changed)) : `record what ${stable} in ${environment} goes back to`;
  const message = [subject, ...replaced(changed, current), passed, ...meanwhile, trailers(options)];
  const { synth } = await import('../charts/synth');
  const { restore } = await import('../charts/output');
  const before: Before = new Map();
  const changes = await synth(chosen(), root, { folder: root }, { files }, before);
  const touched = [...changes.written, ...changes.removed];
  const undo = () => restore(root, before);
  if (isInterrupted()) {
    undo();
    throw new NotPushed('interrupted; nothing is written, committed or pushed');
  }
  const own = commits ? await commit(touched, message.filter(Boolean).join('\n\n'), undo) : undefined;
  if (target && own && (await wasOvertaken(target, own, attempt, options.attempts)))
    return { attempt: attempt + 1, saw: saw ?? current, choice };

  for (const note of [...meanwhile, ...(choice.notes ?? [])]) say(pc.yellow(note));
  for (const [app, { reference }] of changed)
    say(`${app} in ${environment}: ${current[app] ?? 'nothing'} → ${reference}`);
  for (const path of touched) say(`${pc.green('changed')}   ${path}`);
  if (own) say(`${pc.green('committed')} ${own.slice(0, 10)} ${subject}`);
  say(ending(target, own));
  return undefined;
}

function ending(target: PushTarget | undefined, own: string | undefined): string {
  if (target) return `${pc.green('pushed')}    to ${target.remote} ${target.branch}`;
  const next = own ? 'push the commit' : 'look at git diff, and run it again with --push';
  return `${own ? 'committed' : 'written'} here, ${pc.bold('not deployed')}: ${next}`;
}

/**
 * Parses the reference of an image that may be deployed.
 *
 * @param options `reviewed`: false for a preview, which alone may run what a pull request has built
 * @throws Error when tag or digest is missing, or the repository is not one of `ecr_repository_urls`
 */
export async function accept(
  reference: string,
  allowed: string | undefined,
  { reviewed = true } = {},
): Promise<Image> {
  const { parseImage } = await import('../charts/environments/image');
  const { loadOutputs } = await import('../charts/terraform-outputs/load');
  const { registryOf } = await import('../charts/terraform-outputs/declared');
  const { settings } = await import('../charts/environments');
  const image = parseImage(reference);
  const { values, problems } = loadOutputs(root, 'cluster');
  if (!values) throw new Error(problems.join('\n'));
  const { preview } = settings.cluster;
  const unreviewed = preview && `${registryOf(values)}/${preview.repository}`;
  if (reviewed && image.repository === unreviewed)
    throw new Error(
      `${JSON.stringify(image.repository)} holds what pull requests have built, which nobody has reviewed; take the image that main's build pushed after the merge`,
    );
  const urls = Object.values(values.ecr_repository_urls).filter((url) => url !== unreviewed);
  const { repositories: elsewhere = [] } = await chosen().basis();
  const repositories = [...urls, ...elsewhere, ...(reviewed || !unreviewed ? [] : [unreviewed])];
  if (![...repositories, allowed].includes(image.repository))
    throw new Error(
      `${JSON.stringify(image.repository)} is not a repository of this cluster (${repositories.join(', ')}: ecr_repository_urls in terraform-bridge/outputs/cluster.json); push the image there, or add --allow-registry ${image.repository}`,
    );
  return image;
}

type Accepted = readonly (readonly [AppName, Image])[];

async function accepted({ images }: Choice, allowed: string | undefined): Promise<Accepted> {
  const all: [AppName, Image][] = [];
  for (const [app, reference] of Object.entries(images))
    all.push([app as AppName, await accept(reference, allowed)]);
  return all;
}

/**
 * @param wrong what is known to be wrong besides, a line each
 * @throws Error that names all that is wrong
 */
export async function checkNames(
  environment: string,
  apps: readonly string[],
  wrong: readonly string[] = [],
): Promise<AppName[]> {
  const settings = await chosen().basis();
  const { appNames } = await promoted();
  const environments = settings.environments.map(({ name }) => name);
  const problems = apps
    .filter((app) => !appNames.some((name) => name === app))
    .map((app) => `${JSON.stringify(app)} is not an app of ${chosen().name}; use ${appNames.join(' or ')}`);
  if (!environments.includes(environment))
    problems.unshift(
      `${JSON.stringify(environment)} is not an environment of ${chosen().name}; use ${environments.join(' or ')}`,
    );
  problems.push(...wrong);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return [...new Set(apps)] as AppName[];
}

/** The files that will hold something else. */
async function textsOf(
  { environment, stable }: Deploy,
  { schema: id }: Choice,
  images: Accepted,
): Promise<NonNullable<Given['files']>> {
  const { imageFile, parseSchema, parseStable, printSchema, schemaFile, schemaOf, stableFile, withStable } =
    await promoted();
  const texts: Record<string, string> = {};
  for (const [app, image] of images) {
    texts[imageFile(environment, app)] = `${image.reference}\n`;
    if (app !== 'migrations') continue;
    const file = schemaFile(environment);
    const before = textOrNothing(file);
    const schema = id === undefined ? schemaOf(image) : { id, since: image.tag };
    // The same migrations are the same line, whichever image has them.
    if (before === undefined || parseSchema(before).id !== schema.id) texts[file] = printSchema(schema);
  }
  const [, judged] = images[0] ?? [];
  if (stable && judged) {
    const file = stableFile(environment, stable);
    texts[file] = withStable(parseStable(textOrNothing(file) ?? ''), judged);
  }
  return Object.fromEntries(Object.entries(texts).filter(([file, text]) => text !== textOrNothing(file)));
}

/** What a file of the repository holds; nothing when there is none. */
export function textOrNothing(file: string): string | undefined {
  return textIfThere(join(root, file));
}

/** A commit takes whole files, so other people's changes in them would go along. */
async function refuseUncommitted(images: string, push: boolean | undefined): Promise<void> {
  const status = ['status', '--porcelain', '--no-renames'];
  const mixed = await git(...status, '--untracked-files=all', '--', ...manifestsOf(chosen()), images);
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
async function refuseStale(isFirst: boolean): Promise<void> {
  // The first image of an app brings all its manifests.
  if (isFirst) return;
  const charts = await chosen().charts?.();
  const { render } = await import('../charts/output');
  let files: ReadonlyMap<string, string>;
  try {
    files = render(charts?.chartFolders(await committedSettings(root)) ?? []);
  } catch {
    // An image file that is wrong is what this deploy repairs; all else stops it when it synthesizes.
    return;
  }
  const behind = [...files].filter(([path, text]) => textOrNothing(path) !== text).map(([path]) => path);
  const committed = (await git('ls-files', '-z', '--', ...manifestsOf(chosen()))).split('\0');
  const stale = [...behind, ...committed.filter((path) => path && !files.has(path))];
  if (stale.length > 0)
    throw new Error(
      `${stale[0]}${stale.length > 1 ? ` and ${stale.length - 1} more` : ''}: not what the code generates, and the commit would change it with the image; run npm run synth, review and commit that first`,
    );
}

/** Commits exactly these files, whatever else is staged; when that fails they are what they were. */
async function commit(files: readonly string[], message: string, undo: () => void): Promise<string> {
  try {
    await git('add', '--all', '--', ...files);
    await git('commit', '--quiet', '--cleanup=whitespace', '--only', '-m', message, '--', ...files);
  } catch (error) {
    // First the files: whatever keeps git from committing may keep it from this as well.
    undo();
    const left = await git('reset', '--quiet', '--', ...files).then(
      () => '',
      () => git('diff-index', '--cached', '--name-only', 'HEAD', '--', ...files).catch(() => ''),
    );
    const remedy = left && `\nthe index still holds what was to be committed; when git is free again: git reset`;
    throw new Error(`${(error as Error).message}${remedy}`);
  }
  return headCommit();
}

function grouped(images: Accepted): AppsOfImage[] {
  const tags = [...new Set(images.map(([, { tag }]) => tag))];
  return tags.map((tag) => ({
    apps: listed(images.flatMap(([app, image]) => (image.tag === tag ? [app] : []))),
    tag,
  }));
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function replaced(images: Accepted, current: References): string[] {
  return images.map(([app, { reference }]) => {
    const it = images.length > 1 ? `${app}: it` : 'It';
    return current[app] ? `${it} replaces\n${current[app]} →\n${reference}` : `${it} is the first:\n${reference}`;
  });
}

async function deployedMeanwhile(file: string, current: string | null | undefined): Promise<string> {
  const by = await git('log', '-1', '--first-parent', '--format=%an in %h', '--', file);
  return `Meanwhile ${by} had deployed ${current ?? 'nothing'}, which this replaces.`;
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

/** Only this program writes it, but anybody can. */
function resumed(json: string): Resume {
  try {
    const { attempt, saw = {}, choice = { images: {} } } = JSON.parse(json);
    const texts = [saw, choice.images].flatMap((each) => Object.values(each));
    if (
      Number.isInteger(attempt) &&
      attempt > 0 &&
      texts.every((each) => each === null || typeof each === 'string')
    )
      return JSON.parse(json);
  } catch {}
  throw new InvalidArgumentError('This option is for the next attempt of a push; leave it out.');
}
