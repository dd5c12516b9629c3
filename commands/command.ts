import { Command } from 'commander';
import pc from 'picocolors';
import { isColored } from './terminal';

/** An error that may hold several problems at once, as that of the settings does. */
type Problems = Error & { readonly problems?: readonly string[] };

/** `npm run <name> --`: wrong usage ends it with 2, and says where there are examples. */
export function command(name: string): Command {
  return (
    new Command(`npm run ${name} --`)
      .showHelpAfterError(`(npm run ${name} -- --help shows examples)`)
      // Commander's own is 1, which says here that a gate failed.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  );
}

/**
 * Says what went wrong, a line each.
 *
 * @param code with which the process will end; 2 says that it is the caller's to repair
 */
export function fail({ problems, message }: Problems, code = 2): void {
  const { red } = pc.createColors(isColored(process.stderr));
  for (const problem of problems ?? message.split('\n')) console.error(`${red('error')} ${problem}`);
  process.exitCode = code;
}
