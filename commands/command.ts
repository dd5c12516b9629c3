import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { discreet } from '../charts/environments/secret-texts';
import { sayable, visible } from '../charts/environments/visible';
import { printed } from '../review/report/escape';
import { systemOption } from '../systems';
import { choose } from './system';
import { asCalled } from './table.cjs';
import { isColored } from './terminal';

/** An error that may hold several problems at once, as that of the settings does. */
type Problems = Error & { readonly problems?: readonly string[] };

/** How a person runs a command: by the program's name when it was run so, else `npm run check --`. */
export function calledAs(name: string): string {
  return asCalled(`npm run ${name} --`);
}

/** Commands that read and write files of `charts/environments/`, whose settings are those of the repository itself. */
const ofRoot = ['bridge', 'digests', 'load-test', 'preview'];

/** A command of the program, or `npm run <name> --`: wrong usage ends it with 2, and says where there are examples. */
export function command(name: string): Command {
  const called = calledAs(name);
  return (
    new Npm(called)
      .showHelpAfterError(`(${called} --help shows examples)`)
      .configureOutput({
        writeOut: (text) => void process.stdout.write(asCalled(text)),
        // It quotes what it was given.
        outputError: (text, write) => write(asCalled(quotable(text))),
      })
      // Commander's own is 1, which says here that a gate failed.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
      .addOption(systemOption())
      .hook('preAction', (made) => {
        const { folder, name: system } = choose(made.opts().system);
        if (folder && ofRoot.includes(name))
          made.error(
            `error: ${name} knows the environments of charts/environments/ only, and ${system} has none there`,
          );
      })
  );
}

/** Without `--` npm keeps the options to itself, and the command would do something else and say that all is well. */
class Npm extends Command {
  override parse(...given: Parameters<Command['parse']>): this {
    this.refuseKept();
    return super.parse(...given);
  }

  override parseAsync(...given: Parameters<Command['parseAsync']>): Promise<this> {
    this.refuseKept();
    return super.parseAsync(...given);
  }

  private refuseKept(): void {
    const words = process.argv.slice(2);
    const kept = keptByNpm(this.options, words, process.env);
    if (kept.length === 0) return;
    // npm takes the word after an option without a value for its value.
    const taken = kept.flatMap(({ isFlag, value }) => (isFlag && value !== 'true' ? [value] : []));
    const options = kept.flatMap(({ long, isFlag, value }) => (isFlag ? [long] : [long, value]));
    this.error(
      `error: npm has kept ${kept.map(({ long }) => long).join(' and ')} to itself; write -- before the options: ${[this.name(), ...taken, ...words, ...options].join(' ')}`,
    );
  }
}

/** Options of npm itself, which may be set for good. */
const ofNpm = ['--color', '--help', '--json', '--offline', '--quiet', '--verbose', '--version'];

interface Kept {
  readonly long: string;
  readonly isFlag: boolean;
  readonly value: string;
}

/** What npm tells every script of itself (`set-envs.js` of @npmcli/config): nobody has typed it. */
const always =
  /^npm_config_(cache|global_prefix|globalconfig|init_module|local_prefix|node_gyp|noproxy|npm_version|prefix|user_agent|userconfig)$/;

/** Options of a command that npm has put into the environment instead of passing them on. */
function keptByNpm(
  options: readonly { readonly long?: string | null; readonly required: boolean; readonly optional: boolean }[],
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Kept[] {
  if (env.npm_lifecycle_event === undefined) return [];
  return options.flatMap(({ long, required, optional }) => {
    if (!long || ofNpm.includes(long) || words.some((word) => word.split('=')[0] === long)) return [];
    // It takes the beginning of one of its own options for that: `--to` becomes `--token-description`.
    const begin = `npm_config_${long.slice(2).replaceAll('-', '_')}`;
    const key = Object.keys(env).find((each) => each.startsWith(begin) && !always.test(each));
    return key && env[key] ? [{ long, isFlag: !required && !optional, value: env[key] }] : [];
  });
}

/**
 * Says what went wrong, a line each.
 *
 * @param code with which the process will end; 2 says that it is the caller's to repair
 */
export function fail({ problems, message }: Problems, code = 2): void {
  const { red } = pc.createColors(isColored(process.stderr));
  // As a whole, since a key has several lines.
  for (const problem of problems ?? asCalled(quotable(message)).split('\n')) warn(`${red('error')} ${problem}`);
  process.exitCode = code;
}

/** Says what is wrong, and that nothing was written because of it. */
export function failUnwritten(error: Problems): void {
  fail(error);
  const count = error.problems?.length ?? 1;
  warn(`${count} ${count === 1 ? 'problem' : 'problems'}; nothing was written`);
}

/** What comes from elsewhere, as it may stand in a terminal or a log: no secret, nothing unseen, no command of a runner. */
export function quotable(text: string): string {
  return printed(sayable(text));
}

/** Says it on standard output: all that a command says passes here or through a report, so that it is as `quotable` makes it. */
export function say(text: string): void {
  console.log(said(text, process.stdout));
}

/** The same on standard error. */
export function warn(text: string): void {
  console.error(said(text, process.stderr));
}

/** The colours of picocolors, and none that could hide what is written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ours = /(\x1b\[(?:[0-47]|2[2-7]|3[0-79])m)/;

function said(text: string, stream: NodeJS.WriteStream): string {
  if (!isColored(stream)) return quotable(text);
  const parts = discreet(text).split(ours);
  return printed(parts.map((part, i) => (i % 2 === 0 ? visible(part) : part)).join(''));
}

/** `--timeout 90s`, in milliseconds; up to ten minutes. */
export function timeoutOption(says: string, usual: string): Option {
  return new Option('--timeout <duration>', says).argParser(duration).default(duration(usual), usual);
}

function duration(value: string): number {
  const [, digits, unit] = /^(\d+)(s|m)$/.exec(value) ?? [];
  const milliseconds = Number(digits) * (unit === 'm' ? 60_000 : 1000);
  if (milliseconds > 0 && milliseconds <= 600_000) return milliseconds;
  throw new InvalidArgumentError('Write seconds or minutes up to ten, for example 90s or 2m.');
}
