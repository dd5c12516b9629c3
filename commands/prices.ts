import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { command, fail, say } from './command';
import { loopback } from './loopback';

const path = join(dirname(__dirname), 'review/cost/prices.json');
const milliseconds = 86_400_000;

/** Where AWS publishes the files of its Price List Bulk API, to anybody. */
const published = new URL('https://pricing.us-east-1.amazonaws.com');

/** What finds a price in a file of AWS's, whose rows it must pick one price of. */
interface Listed {
  /** The code of the service, which names its file. */
  readonly offer: string;
  /** Column `usageType`, without the region before it. */
  readonly usage: string;
  /** Column `Operation`; absent: any. */
  readonly operation?: string;
  /** So many of AWS's units are one of ours; default: 1. */
  readonly units?: number;
}

interface Entry {
  price: number;
  readonly unit: string;
  readonly source: string;
  checked: string;
  /** When AWS published it; absent: `asOf` of the table. */
  day?: string;
  readonly list?: Listed;
}

interface Table {
  readonly region: string;
  readonly asOf: string;
  readonly prices: Record<string, Entry>;
}

interface Options {
  readonly refresh?: true;
  readonly at: URL;
  readonly in: string;
}

command('prices')
  .description(
    'Shows the prices that the bill is computed with: source, day and age of each. With --refresh it reads them anew from the files that AWS publishes.',
  )
  .option('--refresh', 'read the files of AWS, and write review/cost/prices.json')
  .addOption(
    new Option('--at <address>', 'a server of this machine instead of AWS')
      .argParser(loopback)
      .default(published)
      .hideHelp(),
  )
  .addOption(new Option('--in <file>', 'another table').default(path).hideHelp())
  .addHelpText(
    'after',
    `
Examples:
  npm run prices
  npm run prices -- --refresh && npm run cost -- --cheaper --output markdown=docs/cheaper.md

The file of EC2 alone has some hundred megabytes; it is read line by line. What other sellers ask, and what
AWS sells everywhere at one price, is in no such file: those prices stay, and are named.

Exit codes: 0, 1 a price was not found and nothing was written, 2 wrong arguments, or AWS did not answer`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run({ refresh, at, in: file }: Options): Promise<void> {
  const table = JSON.parse(readFileSync(file, 'utf8')) as Table;
  if (!refresh) return show(table);
  const listed = Object.entries(table.prices).flatMap(([id, { list }]) => (list ? [{ id, list }] : []));
  const problems: string[] = [];
  let changed = 0;
  for (const offer of new Set(listed.map(({ list }) => list.offer))) {
    const wanted = listed.filter(({ list }) => list.offer === offer);
    const { publishedOn, found } = await read(at, table.region, offer, wanted);
    for (const { id, list } of wanted) {
      const prices = found.get(id) ?? [];
      const least = Math.min(...prices.map(({ from }) => from));
      const [price, ...others] = new Set(prices.flatMap(({ from, price }) => (from === least ? [price] : [])));
      if (price === undefined || others.length > 0) {
        problems.push(
          `${id}: ${offer} has ${price === undefined ? 'no price' : `${others.length + 1} prices`} of ${list.usage}${list.operation ? `, ${list.operation}` : ''}; look for it there, and correct its list in review/cost/prices.json`,
        );
        continue;
      }
      const entry = table.prices[id] as Entry;
      const ours = Number((price * (list.units ?? 1)).toPrecision(8));
      if (ours !== entry.price) {
        say(`${id}: ${entry.price} → ${ours} dollars a ${entry.unit}`);
        changed++;
      }
      Object.assign(entry, { price: ours, checked: 'the file that AWS publishes', day: publishedOn });
    }
  }
  if (problems.length > 0) return fail(Object.assign(new Error('prices'), { problems }), 1);
  writeFileSync(file, text(table));
  const kept = Object.entries(table.prices).flatMap(([id, { list }]) => (list ? [] : [id]));
  say(
    `read ${listed.length} prices, ${changed} are others now; kept what no file of the region has: ${kept.join(', ')}`,
  );
}

interface Price {
  /** Where its tier begins. */
  readonly from: number;
  readonly price: number;
}

/**
 * Reads the file of a service: five rows about itself, one with the names of its columns, then a row for each price
 * ("Reading the service price list file" in AWS' guide of billing).
 */
async function read(
  at: URL,
  region: string,
  offer: string,
  wanted: readonly { readonly id: string; readonly list: Listed }[],
): Promise<{ publishedOn: string; found: Map<string, Price[]> }> {
  const url = new URL(`/offers/v1.0/aws/${offer}/current/${region}/index.csv`, at);
  const found = new Map<string, Price[]>();
  let publishedOn: string | undefined;
  let columns: readonly string[] | undefined;
  try {
    for await (const line of linesOf(url)) {
      if (!columns) {
        const cells = cellsOf(line);
        if (cells[0] === 'Publication Date') publishedOn = cells[1]?.slice(0, 10);
        if (cells[0] === 'SKU') columns = cells;
        continue;
      }
      const candidates = wanted.filter(({ list }) => line.includes(list.usage));
      if (candidates.length === 0) continue;
      const cells = cellsOf(line);
      const cell = (name: string) => cells[columns?.findIndex((each) => each.toLowerCase() === name) ?? -1] ?? '';
      const price = Number(cell('priceperunit'));
      // What is free below a limit has a row of its own.
      if (cell('termtype') !== 'OnDemand' || cell('currency') !== 'USD' || !(price > 0)) continue;
      for (const { id, list } of candidates) {
        const usage = cell('usagetype');
        if (usage !== list.usage && !usage.endsWith(`-${list.usage}`)) continue;
        if (list.operation !== undefined && cell('operation') !== list.operation) continue;
        found.set(id, [...(found.get(id) ?? []), { from: Number(cell('startingrange')) || 0, price }]);
      }
    }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    throw new Error(`${url}: ${cause?.message ?? message}; nothing was written`);
  }
  if (!columns || !/^\d{4}-\d{2}-\d{2}$/.test(publishedOn ?? ''))
    throw new Error(`${url}: is not a price list of version v1.0; nothing was written`);
  return { publishedOn: publishedOn as string, found };
}

async function* linesOf(url: URL): AsyncGenerator<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(30 * 60_000) });
  if (!answer.ok || !answer.body) throw new Error(`answered ${answer.status}`);
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

/** The cells of a row, each of which may be in quotes; a quote in one is written twice. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/** A price a line, so that a diff shows which have changed. */
function text({ region, asOf, prices }: Table): string {
  const lines = Object.entries(prices).map(([id, entry]) => `    ${JSON.stringify(id)}: ${JSON.stringify(entry)}`);
  return `{\n  "region": ${JSON.stringify(region)},\n  "asOf": ${JSON.stringify(asOf)},\n  "prices": {\n${lines.join(',\n')}\n  }\n}\n`;
}

function show({ asOf, prices }: Table): void {
  for (const [id, { price, unit, source, checked, day: on = asOf }] of Object.entries(prices)) {
    const age = Math.floor((Date.now() - Date.parse(on)) / milliseconds);
    say(`${id}  ${price} dollars a ${unit}  ${on}, ${age} days old  ${source} (${checked})`);
  }
}
