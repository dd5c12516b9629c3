import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { visible } from '../charts/environments/visible';
import { makeFolder } from '../charts/files';
import program from '../charts/program.json';
import { command, quotable, say } from './command';
import { checkNames, exitWith, textOrNothing } from './deploy';
import { writeResult } from './destination';
import { type Freeze, freezeFile, freezeOf, frozen, isDay, isInForce, printFreeze, today } from './freezes';
import { git } from './git';
import { atHead, isOwnClone } from './own-clone';
import { type PushOptions, pushedAnew, pushOptions, pushTargetOf } from './push';

const root = dirname(__dirname);
/** Days; what lasts longer is not a freeze but a decision. */
const longest = 92;

interface Options extends PushOptions {
  readonly until?: string;
  readonly reason?: string;
  readonly end?: boolean;
}

const freeze = command('freeze')
  .description(
    'Refuses promotions to an environment up to a day. Rollbacks and reverts go through. Without options it says whether there is a freeze.',
  )
  .argument('<environment>', 'for example production')
  .option('--until <day>', 'the last day of it, in UTC: 2026-12-10', day)
  .option('--reason <text>', 'what whoever is refused reads, in one line', reason)
  .option('--end', 'end it now')
  .option('--push', 'push it to the branch that Argo CD reads; without it the line is only written here');
pushOptions(freeze)
  .addHelpText(
    'after',
    `
Examples:
  ${program.command} freeze production                                   whether it is frozen, by whom and why
  ${program.command} freeze production --until 2026-12-10 --reason 'registration week' --push
  ${program.command} freeze production --end --push

Exit codes: 0 done, said, or nothing to do; 1 the push could not be completed; 2 wrong arguments (after 1 and 2 nothing is pushed)`,
  )
  .action((environment: string, options: Options) => {
    const { until, reason: why, end, push } = options;
    const asks = until === undefined && why === undefined && !end;
    if (end && (until ?? why) !== undefined)
      freeze.error('error: --end takes neither --until nor --reason; leave them out, or leave --end out');
    if (!end && !asks && (until === undefined || why === undefined))
      freeze.error(`error: ${until === undefined ? '--until <day>' : '--reason <text>'} is missing; give both`);
    if (asks && push) freeze.error('error: --push has nothing to push; add --until and --reason, or --end');
    return exitWith(async () => {
      await checkNames(environment, []);
      if (asks) return writeResult(`${quotable(state(environment))}\n`, undefined);
      if (push && !isOwnClone()) {
        process.exitCode = await atHead('commands/freeze.ts', options);
        return;
      }
      const given = until && why ? { until, by: await author(), reason: why } : undefined;
      if (!push) return writtenHere(environment, given);
      const target = await pushTargetOf(options);
      await pushedAnew(target, options.attempts, async () => {
        const message = written(environment, given);
        if (message) await git('add', '--all', '--', freezeFile(environment));
        return message;
      });
    });
  });
freeze.parseAsync();

function state(environment: string): string {
  const found = freezeOf(environment);
  if (!found) return `${environment} is not frozen`;
  return isInForce(found)
    ? frozen(environment, found)
    : `${environment} is not frozen: the freeze by ${found.by} ended with ${found.until}`;
}

function writtenHere(environment: string, given: Freeze | undefined): void {
  const message = written(environment, given);
  if (!message) return;
  say(`${pc.green('changed')} ${freezeFile(environment)}`);
  say(`written here, ${pc.bold('not in force')}: run it again with --push`);
}

/** @returns the message for the commit; nothing where the file is so already */
function written(environment: string, given: Freeze | undefined): string | undefined {
  const file = freezeFile(environment);
  const path = join(root, file);
  // The line itself: to end or to replace it, it need not be a valid one.
  const before = textOrNothing(file)?.trim();
  if (!given) {
    rmSync(path, { force: true });
    if (before !== undefined) return `end the freeze of ${environment}\n\nIt was: ${before}`;
    say(`${environment} is not frozen, nothing to do`);
    return undefined;
  }
  const line = printFreeze(given);
  if (before === line.trim()) {
    say(`${frozen(environment, given)} already, nothing to do`);
    return undefined;
  }
  makeFolder(dirname(path));
  writeFileSync(path, line);
  if (before) say(pc.yellow(`it replaces: ${visible(before)}`));
  return `freeze ${environment} until ${given.until}\n\n${given.reason}`;
}

/** The name that a commit would have; a colon ends it in the file. */
async function author(): Promise<string> {
  const [name = ''] = (await git('var', 'GIT_AUTHOR_IDENT')).split(' <');
  return visible(name).replaceAll(':', '').trim() || 'somebody without a name';
}

function day(value: string): string {
  if (!isDay(value)) throw new InvalidArgumentError('Write a day, for example 2026-12-10.');
  if (value < today()) throw new InvalidArgumentError(`That day is over; write ${today()} or a later one.`);
  const end = new Date(Date.parse(today()) + longest * 86_400_000).toISOString().slice(0, 10);
  if (value > end) throw new InvalidArgumentError(`Write a day up to ${end}; nothing is frozen for longer.`);
  return value;
}

function reason(value: string): string {
  const text = value.trim();
  if (text && text.length <= 200 && visible(text) === text && !/[\n\t]/.test(text)) return text;
  throw new InvalidArgumentError('Write why, in one line of up to 200 characters.');
}
