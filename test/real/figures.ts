import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';

const page = join(__dirname, '../../docs/real-components.md');
const marks = { begin: '<!-- figures -->', end: '<!-- /figures -->' };

interface Figure {
  readonly what: string;
  readonly seen: string;
}

/** Beside the folder that the tests mount, so that it is there when their namespaces are not. */
const file = (work: string) => `${work}.figures`;

/** Says what was measured, for the report of the run. */
export function measured(what: string, seen: string): void {
  appendFileSync(file(process.env.E_REN_REAL_WORK ?? ''), `${JSON.stringify({ what, seen } satisfies Figure)}\n`);
}

function figures(work: string): Figure[] {
  if (!existsSync(file(work))) return [];
  return readFileSync(file(work), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Figure);
}

export function report(work: string): string {
  const table = new Table({ head: ['measured', 'seen'], style: { head: [], border: [] } });
  for (const { what, seen } of figures(work)) table.push([what, seen]);
  return table.toString();
}

/** Puts the figures where the page has its marks. @throws Error when it has none */
export function writeReport(work: string, versions: string): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(marks.begin);
  const after = rest?.split(marks.end)[1];
  if (after === undefined) throw new Error(`docs/real-components.md: no ${marks.begin} and ${marks.end}`);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}`;
  const rows = figures(work).map(({ what, seen }) => `| ${what} | ${seen} |`);
  const lines = [
    marks.begin,
    `On ${machine}: ${versions}.`,
    '',
    '| measured | seen |',
    '|---|---|',
    ...rows,
    marks.end,
  ];
  writeFileSync(`${page}.new`, `${before}${lines.join('\n')}${after}`);
  renameSync(`${page}.new`, page);
}
