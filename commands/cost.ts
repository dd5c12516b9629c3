import { dirname } from 'node:path';
import { shown } from '../review/report/escape';
import { apiVersion, type Budget } from '../review/report/report';
import { command, fail } from './command';
import { type Destination, outputOption, writeResult } from './destination';
import { committedSettings, deliveredTexts } from './settings';
import { chosen } from './system';
import { colorOption, type Shown, terminalOf } from './terminal';

const root = dirname(__dirname);
const formats = ['text', 'json', 'markdown'] as const;

interface Options extends Shown {
  readonly output: readonly Destination<(typeof formats)[number]>[];
  readonly cheaper?: true;
  readonly pilot?: true;
}

command('cost')
  .description(
    "Says what a month costs: the design's table at the prices of review/cost/prices.json, what the design forgot, what students do not pay, and what it would cost to remove each bottleneck.",
  )
  .option('--cheaper', 'search the settings for what would cost less and still pass every proof')
  .option('--pilot', "what the design's month with few students costs, and what it gives up")
  .addOption(outputOption(formats))
  .addOption(colorOption())
  .addHelpText(
    'after',
    `
Examples:
  npm run cost
  npm run cost -- --output markdown=cost.md --output json   for a pull request, and for a program
  npm run cost -- --pilot     the settings of charts/environments/pilot.ts, with every proof
  npm run cost -- --cheaper   what each saving gives up, and the edit of the settings that makes it

Exit codes: 0 within budget.monthly of charts/environments/cluster.ts, 1 above it, 2 wrong arguments, settings or objects`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run(options: Options): Promise<void> {
  // Both turn the settings of this repository's own system.
  if ((options.cheaper || options.pilot) && chosen().folder)
    throw new Error(`--system ${chosen().name}: has no settings that --cheaper or --pilot could turn`);
  if (options.cheaper) return search(options);
  if (options.pilot) return pilot(options);
  const [settings, { parseTree }, { mistypedIn }, { bill, cost }, { designTables }, { doing, limited }] =
    await Promise.all([
      committedSettings(root),
      import('../review/model/tree'),
      import('../review/check/subject'),
      import('../review/cost/bill'),
      import('./cheaper/design'),
      import('../review/limit'),
    ]);
  const facts = { tree: parseTree(deliveredTexts(root)), settings };
  const wrong = [...facts.tree.unreadable, ...mistypedIn(root, facts.tree)];
  if (wrong.length > 0) throw new Error(wrong.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  const tables = limited(() => {
    doing('proof of money');
    const [month, forgotten, ...others] = cost(facts);
    return [
      month,
      forgotten,
      ...('sites' in settings ? designTables({ ...facts, settings }) : []),
      ...others,
    ].filter((each) => each !== undefined);
  });
  await write(options, tables, bill(facts, tables));
  process.exitCode = tables.every(({ verdict }) => verdict.fits) ? 0 : 1;
}

/** The settings, not the committed files: what synth would make of them is what is compared. */
async function search(options: Options): Promise<void> {
  const [{ settings }, { cheaper }, { tablesOf }] = await Promise.all([
    import('../charts/environments'),
    import('./cheaper/search'),
    import('./cheaper/tables'),
  ]);
  const found = cheaper(root, settings);
  await write(options, tablesOf(settings, found), { apiVersion, kind: 'CheaperReport', ...found });
}

/** What the pilot turns, one after the other, and whether all of it together passes every proof. */
async function pilot(options: Options): Promise<void> {
  const [{ whole }, { stepsOf, pilotTables }] = await Promise.all([
    import('../charts/environments'),
    import('./cheaper/pilot'),
  ]);
  const steps = stepsOf(root, whole);
  await write(options, pilotTables(whole, steps), { apiVersion, kind: 'PilotReport', steps });
  process.exitCode = steps.at(-1)?.refused === undefined ? 0 : 1;
}

async function write(options: Options, budgets: readonly Budget[], found: object): Promise<void> {
  const [tables, whole] = [shown(budgets), shown(found)];
  for (const { format, file } of options.output) {
    if (format === 'json') writeResult((await import('../review/report/json')).json(whole), file);
    else if (format === 'markdown') writeResult((await import('../review/report/markdown')).tables(tables), file);
    else writeResult((await import('../review/report/text')).tables(tables, terminalOf(options, file, 160)), file);
  }
}
