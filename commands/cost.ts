import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { put } from './destination';

const root = dirname(__dirname);
const formats = ['text', 'json', 'markdown'] as const;

interface Destination {
  readonly format: (typeof formats)[number];
  /** Standard output when absent. */
  readonly file?: string;
}

interface Options {
  readonly output: readonly Destination[];
  readonly color: 'auto' | 'always' | 'never';
}

new Command('npm run cost --')
  .description(
    "Says what a month costs: the documents' table at the prices of review/cost/prices.ts, what the documents forgot, what students do not pay, and what each way out of a bottleneck would cost.",
  )
  .addOption(
    new Option('-o, --output <format[=file]>', `${formats.join(', ')}; may be given more than once`)
      .argParser(destination)
      .default([], 'text'),
  )
  .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
  .addHelpText(
    'after',
    `
Examples:
  npm run cost
  npm run cost -- --output markdown=cost.md --output json   for a pull request, and for a program

Exit codes: 0 within budget.monthly of charts/environments/cluster.ts, 1 above it, 2 wrong arguments, settings or objects`,
  )
  .allowExcessArguments(false)
  .showHelpAfterError('(npm run cost -- --help shows examples)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action((options: Options) => run(options).catch(tell))
  .parseAsync();

async function run({ output, color }: Options): Promise<void> {
  const [{ settings }, { loadSettings }, { readTree }, { bill, cost }] = await Promise.all([
    import('../charts/environments'),
    import('../charts/settings'),
    import('../review/tree'),
    import('../review/cost/bill'),
  ]);
  const facts = { tree: readTree(root), settings: loadSettings(root, settings) };
  if (facts.tree.unreadable.length > 0)
    throw new Error(facts.tree.unreadable.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  const tables = cost(facts);
  for (const { format, file } of output.length > 0 ? output : [{ format: 'text' as const }]) {
    if (format === 'json') put(`${JSON.stringify(bill(facts), undefined, 2)}\n`, file);
    else if (format === 'markdown') put((await import('../review/report/markdown')).tables(tables), file);
    else {
      const on = color === 'always' || (color === 'auto' && pc.isColorSupported && file === undefined);
      const terminal = { colors: pc.createColors(on), width: process.stdout.columns || 160 };
      put((await import('../review/report/text')).tables(tables, terminal), file);
    }
  }
  process.exitCode = tables.every(({ verdict }) => verdict.fits) ? 0 : 1;
}

/** Whole or not at all: who reads the file meanwhile reads the old one. */

function destination(value: string, before: readonly Destination[]): Destination[] {
  const [, format, , file] = /^([^=]*)(=(.*))?$/.exec(value) ?? [];
  const known = formats.find((each) => each === format);
  if (!known) throw new InvalidArgumentError(`use one of ${formats.join(', ')}, or one of them and =file`);
  if (file === '') throw new InvalidArgumentError('has no file behind the =');
  return [...before, { format: known, ...(file !== undefined && { file }) }];
}

function tell(error: Error & { readonly problems?: readonly string[] }): void {
  for (const problem of error.problems ?? error.message.split('\n'))
    console.error(`${pc.red('error')} ${problem}`);
  process.exitCode = 2;
}
