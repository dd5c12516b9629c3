import { dirname } from 'node:path';
import { command, fail } from './command';
import { type Destination, outputOption, writeResult } from './destination';
import { committedSettings } from './settings';
import { colorOption, type Shown, terminalOf } from './terminal';

const root = dirname(__dirname);
const formats = ['text', 'json', 'markdown'] as const;

interface Options extends Shown {
  readonly output: readonly Destination<(typeof formats)[number]>[];
}

command('cost')
  .description(
    "Says what a month costs: the design's table at the prices of review/cost/prices.json, what the design forgot, what students do not pay, and what it would cost to remove each bottleneck.",
  )
  .addOption(outputOption(formats))
  .addOption(colorOption())
  .addHelpText(
    'after',
    `
Examples:
  npm run cost
  npm run cost -- --output markdown=cost.md --output json   for a pull request, and for a program

Exit codes: 0 within budget.monthly of charts/environments/cluster.ts, 1 above it, 2 wrong arguments, settings or objects`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run(options: Options): Promise<void> {
  const [settings, { readTree }, { bill, cost }] = await Promise.all([
    committedSettings(root),
    import('../review/model/tree'),
    import('../review/cost/bill'),
  ]);
  const facts = { tree: readTree(root), settings };
  if (facts.tree.unreadable.length > 0)
    throw new Error(facts.tree.unreadable.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  const tables = cost(facts);
  for (const { format, file } of options.output) {
    if (format === 'json') writeResult((await import('../review/report/json')).json(bill(facts)), file);
    else if (format === 'markdown') writeResult((await import('../review/report/markdown')).tables(tables), file);
    else writeResult((await import('../review/report/text')).tables(tables, terminalOf(options, file, 160)), file);
  }
  process.exitCode = tables.every(({ verdict }) => verdict.fits) ? 0 : 1;
}
