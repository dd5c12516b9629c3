import type { DesignRow } from '../../charts/environments/design';
import { type SystemFacts, systemFacts } from '../../charts/facts';
import type { Budget } from '../report/report';
import { apiVersion } from '../report/report';
import type { Facts, Offence } from '../rule';
import { type Line, linesOf } from './lines';
import { loadTable } from './load';
import { asOf, hours, price, region } from './prices';

/** Dollars a month. */
export interface Totals {
  readonly rest: number;
  readonly expected: number;
  readonly most: number;
}

/** The verdict of a table that only informs. */
const none = { fits: true, says: '' };

export function totalsOf(lines: readonly Line[]): Totals {
  const sum = (field: keyof Totals) => lines.reduce((total, line) => total + line[field], 0);
  return { rest: sum('rest'), expected: sum('expected'), most: sum('most') };
}

/** What a month costs: the design's table, what it forgot, and which part gives out first with more traffic. */
export function cost(facts: Facts): Budget[] {
  const lines = linesOf(facts);
  const of = systemFacts(facts.settings);
  const verdict = verdictOf(lines, of);
  return [table(lines, verdict, of), forgotten(lines, of), { ...loadTable(facts), verdict: none }];
}

/** More than the budget, by what we reckon with of use. */
export function* costOver(facts: Facts): Generator<Offence> {
  const of = systemFacts(facts.settings);
  const { fits, says } = verdictOf(linesOf(facts), of);
  if (!fits) yield { file: of.file, message: `budget.monthly: ${says}` };
}

/** The same for a program: every line, and what the price table is. */
/** @param tables for a person, who reads the same in them */
export function bill(facts: Facts, tables: readonly Budget[]) {
  const lines = linesOf(facts);
  const of = systemFacts(facts.settings);
  return {
    apiVersion,
    kind: 'CostReport',
    region,
    pricesOf: asOf,
    budget: of.cluster.budget.monthly,
    ...verdictOf(lines, of),
    totals: totalsOf(lines),
    lines,
    tables: tables.map(({ title, columns, rows }) => ({ title, columns, rows })),
  };
}

function verdictOf(lines: readonly Line[], { cluster }: SystemFacts): Budget['verdict'] {
  const { monthly } = cluster.budget;
  const { rest, expected, most } = totalsOf(lines);
  const share = Math.round((100 * expected) / monthly);
  const bursts =
    most > monthly && rest < monthly
      ? `; the budget is spent after ${Math.floor((hours * (monthly - rest)) / (most - rest))} such hours`
      : '';
  return {
    fits: expected <= monthly,
    says: `${dollars(expected)} a month, ${share} % of the budget of ${dollars(monthly)}: from ${dollars(rest)} at rest to ${dollars(most)} with all node groups at their most and every CPU busy all month${bursts}`,
  };
}

function table(lines: readonly Line[], verdict: Budget['verdict'], { design }: SystemFacts): Budget {
  const rows = Object.entries(design).map(([row, each]) => {
    const ours = lines.filter((line) => line.documents === row);
    return [
      each.name,
      each.quantity,
      each.says,
      round(today(each)),
      ours.map((line) => line.quantity).join('; ') || '-',
      range(totalsOf(ours)),
    ];
  });
  const all = Object.values(design);
  const sum = (read: (row: (typeof all)[number]) => number) =>
    round(all.reduce((total, row) => total + read(row), 0));
  return {
    title: `Cost a month in dollars (${region}, on demand, prices of ${asOf})`,
    columns: ['Service', 'In the design', 'It says', 'At the prices of the table', 'Here', 'Dollars'],
    rows: [
      ...rows,
      [
        'their table',
        '',
        sum(({ says }) => says),
        sum(today),
        '',
        range(totalsOf(lines.filter((line) => isIn(design, line)))),
      ],
      ['what they forgot', '', '', '', 'below', range(totalsOf(lines.filter((line) => !isIn(design, line))))],
      ['all', '', '', '', '', range(totalsOf(lines))],
    ],
    verdict,
  };
}

function isIn(design: SystemFacts['design'], { documents }: Line): boolean {
  return documents !== undefined && Object.hasOwn(design, documents);
}

/** What the design names, at the prices of the table. */
function today({ at }: DesignRow): number {
  return at.reduce((sum, { price: id, count, hourly }) => sum + count * (hourly ? hours : 1) * price(id), 0);
}

function forgotten(lines: readonly Line[], { design }: SystemFacts): Budget {
  const others = lines.filter((line) => !isIn(design, line));
  const { rest, expected, most } = totalsOf(others);
  return {
    title: `What the design forgot: ${dollars(expected)} a month, by use as review/cost/usage.ts reckons, not measured`,
    columns: ['What', 'How much', 'At rest', 'Expected', 'At most'],
    rows: [
      ...others.map((line) => [
        line.name,
        line.quantity,
        round(line.rest),
        round(line.expected),
        round(line.most),
      ]),
      ['all', '', round(rest), round(expected), round(most)],
    ],
    verdict: none,
  };
}

/** Never one precise-looking number where it depends on the day. */
function range({ rest, expected, most }: Totals): string {
  const [least, middle, worst] = [rest, expected, most].map((value) => value.toFixed(2));
  if (least === worst) return String(least);
  return `${middle} (${least} to ${worst})`;
}

function round(value: number): string {
  return value.toFixed(2);
}

function dollars(value: number): string {
  return `$${value.toFixed(0)}`;
}
