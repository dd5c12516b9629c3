import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import pc from 'picocolors';
import program from '../charts/program.json';
import { generatedOf, promotedOf } from '../systems/system';
import { command, say } from './command';
import { exitWith } from './deploy';
import { git, gitConfirms, gitName } from './git';
import { atHead, isOwnClone } from './own-clone';
import { type PushOptions, type PushTarget, pushedAnew, pushOptions, pushTargetOf } from './push';
import { chosen } from './system';

const root = dirname(__dirname);

const revert = command('revert')
  .description(
    'Takes back a commit that changed settings or charts: reverts its sources, synthesizes, and pushes that as a new commit.',
  )
  .argument('<commit>', 'as git log of the delivered branch names it', gitName)
  .option('--push', 'push it to the branch that Argo CD reads; without it the change is only shown');
pushOptions(revert)
  .addHelpText(
    'after',
    `\nIt works in a clone of its own at the head of the branch; what yours holds has no part in it.\nAn image is taken back by rollback.

Examples:
  ${program.command} revert 4f2c9de          shows what it would change
  ${program.command} revert 4f2c9de --push   makes it so

Exit codes: 0 done, or nothing to do; 1 the push could not be completed; 2 a commit that cannot be taken back by itself\n(after 1 and 2 nothing is pushed)`,
  )
  .action((commit: string, options: PushOptions) =>
    exitWith(async () => {
      if (isOwnClone()) return reverted(commit, await pushTargetOf(options), options);
      // What HEAD or a branch is called here may be another there.
      const known = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`).catch(
        () => commit,
      );
      const given = process.argv.slice(2).map((word) => (word === commit ? known : word));
      process.exitCode = await atHead('commands/revert.ts', options, given);
    }),
  )
  .parseAsync();

async function reverted(named: string, target: PushTarget, { push, attempts }: PushOptions): Promise<void> {
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${named}^{commit}`).catch(
    () => {
      throw new Error(`${named}: ${target.remote}/${target.branch} has no such commit; look at git log`);
    },
  );
  const subject = push ? undefined : await written(commit, target);
  if (subject !== undefined) {
    say(await git('diff', '--cached', '--stat'));
    return say(`shown here, ${pc.bold('not deployed')}: run it again with --push`);
  }
  const pushed =
    push &&
    (await pushedAnew(target, attempts, async () => {
      const subject = await written(commit, target);
      return subject && `${subject}\n\nThis reverts commit ${commit}.`;
    }));
  say(
    pushed
      ? `Argo CD applies it within some minutes; watch it with ${program.command} status. git pull brings the commit.`
      : `${named} is taken back already, nothing to do`,
  );
}

/** @returns the first line for the commit; nothing where there is nothing to take back */
async function written(commit: string, target: PushTarget): Promise<string | undefined> {
  const [subject = '', parents = ''] = (await git('log', '-1', '--format=%s%n%p', commit)).split('\n');
  if (!(await gitConfirms('merge-base', '--is-ancestor', commit, 'HEAD')))
    throw new Error(
      `${commit.slice(0, 7)} is not part of ${target.remote}/${target.branch}, so it changes nothing there`,
    );
  const files = (await git('diff-tree', '-r', '--name-only', '-z', '--no-renames', `${commit}^1`, commit)).split(
    '\0',
  );
  const image = files.find((file) => file.startsWith(`${promotedOf(chosen())}/images/`));
  if (image)
    throw new Error(
      `${commit.slice(0, 7)} (${subject}) changed ${image}: it is a deploy, and is taken back by ${program.command} rollback`,
    );
  const side = parents.includes(' ') ? ['-m', '1'] : [];
  await git('revert', '--no-commit', ...side, commit).catch(async (error: Error) => {
    const open = (await git('diff', '--name-only', '--diff-filter=U')).split('\n').filter(Boolean);
    const generated = generatedOf(chosen());
    const sources = open.filter((file) => !generated.some((folder) => file.startsWith(`${folder}/`)));
    if (open.length > 0 && sources.length === 0) return;
    throw new Error(
      open.length === 0
        ? error.message
        : `${sources.join(', ')}: changed again since ${commit.slice(0, 7)} (${subject}); take it back by hand, on a branch`,
    );
  });
  await git('checkout', '--quiet', 'HEAD', '--', ...generatedOf(chosen()));
  for (const entry of ['charts/main.ts', 'terraform-bridge/main.ts']) made(entry, subject);
  await git(
    'add',
    '--all',
    '--',
    'charts',
    'terraform-bridge',
    ...(chosen().folder ? [chosen().folder] : generatedOf(chosen())),
  );
  return (await gitConfirms('diff', '--cached', '--quiet', 'HEAD'))
    ? undefined
    : `revert ${JSON.stringify(subject)}`;
}

function made(entry: string, subject: string): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'commands/run.mjs'), entry], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0)
    throw new Error(
      `without ${JSON.stringify(subject)} what is left does not work any more:\n${stderr.trimEnd()}`,
    );
}
