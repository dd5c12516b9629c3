import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { makeFolder } from '../charts/files';
import program from '../charts/program.json';
import { command, say } from './command';
import { accept, exitWith, listed, textOrNothing } from './deploy';
import { Refused } from './freezes';
import { git } from './git';
import { atHead, isOwnClone } from './own-clone';
import { awaitedPreview } from './preview-await';
import { ageOf, type Open, openOnes, printedPreviews } from './preview-list';
import { closedPullRequests } from './pull-requests';
import { type PushOptions, pushedAnew, pushOptions, pushTargetOf } from './push';

const root = dirname(__dirname);
const entry = 'commands/preview.ts';

interface Options extends PushOptions {
  readonly allowRegistry?: string;
}

const preview = command('preview').description(
  'Opens an environment for a pull request of the app, and closes it: one file in git, and what synth makes of it.',
);

const open = preview
  .command('open')
  .description('gives a pull request an environment, or a new image to the one that it has')
  .argument('<number>', 'of the pull request', number)
  .argument('<image>', 'as it was pushed: repository:tag@digest')
  .option('--allow-registry <repository>', 'take the image from this repository as well');
pushed(open).action((pull: string, image: string, options: Options) =>
  exitWith(() => committed(options, () => opened(pull, image, options.allowRegistry))),
);

const close = preview
  .command('close')
  .description('removes the environment of a pull request, with its data')
  .argument('<number...>', 'of the pull requests', (value: string, before: string[] = []) => [
    ...before,
    number(value),
  ]);
pushed(close).action((pulls: string[], options: Options) =>
  exitWith(() => committed(options, () => closed(new Map(pulls.map((pull) => [pull, undefined]))))),
);

preview
  .command('list')
  .description('says which are open in this clone, since when, with which image, and until when')
  .action(() => exitWith(async () => say(await printedPreviews(root))));

const waits = preview
  .command('await')
  .description(
    'waits until Argo CD has told GitHub that it is healthy, and says its address; GITHUB_TOKEN reads statuses',
  )
  .argument('<number>', 'of the pull request', number)
  .addOption(
    new Option('--minutes <number>', 'until it is given up; 0 looks once').default(20).argParser(minutes),
  );
pushOptions(waits).action((pull: string, options: Options & { readonly minutes: number }) =>
  exitWith(async () => {
    const healthy = await awaitedPreview(pull, await pushTargetOf(options), 60_000 * options.minutes);
    if (!healthy) process.exitCode = 1;
  }),
);

const sweep = preview
  .command('sweep')
  .description('closes those whose time is over, and with GITHUB_TOKEN those whose pull request is closed');
pushed(sweep).action((options: Options) => exitWith(() => committed(options, swept)));

preview
  .addHelpText(
    'after',
    `
Examples:
  ${program.command} preview open 128 <registry>/app:4f2c9de-128@sha256:<64 hex digits> --push
  ${program.command} preview close 128 --push
  ${program.command} preview await 128
  ${program.command} preview list
  ${program.command} preview sweep --push   what Jenkins and GitHub Actions run every hour

Exit codes: 0 done, or nothing to do; 1 the push could not be completed, GitHub did not say of every pull request whether it is
closed, or it was not healthy in time; 2 wrong arguments or settings (after 1 and 2 nothing is pushed, but what sweep knew of); 3 as many are open as
the settings allow`,
  )
  .parseAsync();

function pushed(of: ReturnType<typeof command>) {
  of.option('--push', 'push it to the branch that Argo CD reads; without it the files are only written here');
  return pushOptions(of);
}

/** What a change says of itself: nothing when there is none. */
type Change = { readonly subject: string; readonly numbers: readonly string[] } | undefined;

async function committed(options: Options, change: () => Promise<Change>): Promise<void> {
  if (options.push && !isOwnClone()) {
    // An option belongs behind the word that says which of the commands it is of.
    const [word = '', ...given] = process.argv.slice(2);
    const { branch } = await pushTargetOf(options);
    process.exitCode = await atHead(entry, options, [word, '--branch', branch, ...given]);
    return;
  }
  if (!options.push) {
    const done = await change();
    if (!done) return;
    synthesized();
    say(
      `${done.subject}: written here, ${pc.bold('not in force')}: look at git diff, and run it again with --push`,
    );
    return;
  }
  const target = await pushTargetOf(options);
  await pushedAnew(target, options.attempts, async () => {
    const done = await change();
    if (!done) return undefined;
    synthesized();
    const paths = done.numbers.flatMap(pathsOf);
    await git('add', '--all', '--', ...(await existing(paths)));
    const others = await git('status', '--porcelain', '--untracked-files=all');
    const [stale] = others.split('\n').filter((line) => line && line[1] !== ' ');
    if (stale)
      throw new Error(
        `${stale.slice(3)}: not what the code generates, and the commit would leave it so; run npm run synth, review and commit that first`,
      );
    return done.subject;
  });
}

/** What of these there is or was: git refuses a path that it never knew. */
async function existing(paths: readonly string[]): Promise<string[]> {
  const known = await Promise.all(paths.map(async (path) => (await git('ls-files', '--', path)) || undefined));
  return paths.filter((path, i) => known[i] !== undefined || existsSync(join(root, path)));
}

function pathsOf(pull: string): string[] {
  return [
    `charts/environments/previews/${pull}.json`,
    `dist/preview-${pull}`,
    `argocd/applications/Application.preview-${pull}.yaml`,
  ];
}

/** By the code that is checked out now: while others push, it may be newer than this process. */
function synthesized(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'commands/run.mjs'), 'charts/main.ts'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr.trim().replaceAll(/^error /gm, ''));
}

async function opened(pull: string, image: string, allowed: string | undefined): Promise<Change> {
  const { fileOfPreview, parsePreview, printPreview } = await import('../charts/previews');
  const { tag, reference } = await accept(image, allowed, { reviewed: false });
  const { all, most } = await openOnes(root);
  const file = fileOfPreview(pull);
  const before = textOrNothing(file);
  const [oldest] = all;
  if (before === undefined && oldest && all.length >= most)
    throw new Refused(
      `${all.length} previews are open, which is preview.most of charts/environments/preview.ts; the oldest is ${oldest.number}, opened ${ageOf(oldest.opened)} ago: ${program.command} preview close ${oldest.number} --push`,
    );
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const { opened: since } = before === undefined ? { opened: now } : parsePreview(before);
  makeFolder(dirname(join(root, file)));
  writeFileSync(join(root, file), printPreview({ image: reference, opened: since, pushed: now }));
  return { subject: `${before === undefined ? 'open' : 'update'} preview ${pull} with ${tag}`, numbers: [pull] };
}

/** @param pulls with the reason, where it is not a person's */
async function closed(pulls: ReadonlyMap<string, string | undefined>): Promise<Change> {
  const { fileOfPreview } = await import('../charts/previews');
  const there = [...pulls].filter(([pull]) => textOrNothing(fileOfPreview(pull)) !== undefined);
  for (const [pull] of pulls)
    if (!there.some(([each]) => each === pull)) say(`preview ${pull} is not open, nothing to do`);
  if (there.length === 0) return undefined;
  for (const [pull] of there) rmSync(join(root, fileOfPreview(pull)));
  const numbers = there.map(([pull]) => pull);
  const why = there.flatMap(([pull, reason]) => (reason ? [`${pull}: ${reason}`] : []));
  const subject = `close preview ${listed(numbers)}`;
  return { subject: [subject, ...(why.length > 0 ? [why.join('\n')] : [])].join('\n\n'), numbers };
}

async function swept(): Promise<Change> {
  const { all, timeToLive } = await openOnes(root);
  const reasons = new Map(
    all.filter(isOver(timeToLive)).map(({ number: pull, pushed }) => [pull, `last pushed ${ageOf(pushed)} ago`]),
  );
  const others = all.map(({ number: pull }) => pull).filter((pull) => !reasons.has(pull));
  for (const pull of await closedPullRequests(others)) reasons.set(pull, 'its pull request is closed');
  if (reasons.size > 0) return closed(reasons);
  say(`nothing to close: ${all.length === 0 ? 'none is open' : `${listed(others)} may stay`}`);
  return undefined;
}

/** @param limit seconds */
function isOver(limit: number) {
  return ({ pushed }: Open) => Date.now() - Date.parse(pushed) > 1000 * limit;
}

function number(value: string): string {
  if (/^[1-9]\d{0,6}$/.test(value)) return value;
  throw new InvalidArgumentError('Write the number of a pull request, for example 128.');
}

function minutes(value: string): number {
  if (/^\d{1,2}$/.test(value) && Number(value) <= 60) return Number(value);
  throw new InvalidArgumentError('Write whole minutes, from 0 to 60.');
}
