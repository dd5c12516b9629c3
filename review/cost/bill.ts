import type { Settings } from '../../charts/settings';
import type { Budget } from '../report/report';
import { apiVersion } from '../report/report';
import type { Facts, Offence } from '../rule';
import { type DocumentsRow, type Line, linesOf } from './lines';
import { loadTable } from './load';
import { asOf, hours, price, region } from './prices';

/** Dollars a month. */
export interface Totals {
  readonly rest: number;
  readonly expected: number;
  readonly most: number;
}

/** The design's table, "Cost Breakdown (per month)": what it names, how many of it, and what it says it costs. */
const documents: Readonly<
  Record<DocumentsRow, { name: string; quantity: string; says: number; today: () => number }>
> = {
  eks: { name: 'EKS control plane', quantity: '-', says: 72, today: () => hours * price('eks.cluster') },
  app: { name: 'EC2 nodes (application)', quantity: '2 × t3.medium', says: 60, today: () => nodes(2) },
  jenkins: { name: 'EC2 nodes (Jenkins)', quantity: '1 × t3.medium', says: 30, today: () => nodes(1) },
  alb: { name: 'Application Load Balancer', quantity: '-', says: 16, today: () => hours * price('alb.hour') },
  rds: {
    name: 'RDS PostgreSQL',
    quantity: 'db.t3.micro, 20 GB',
    says: 17,
    today: () => hours * price('rds.db.t3.micro') + 20 * price('rds.gp3'),
  },
  redis: {
    name: 'ElastiCache Redis',
    quantity: 'cache.t4g.micro',
    says: 11,
    today: () => hours * price('elasticache.cache.t4g.micro'),
  },
  volume: { name: 'Jenkins EBS storage', quantity: '20 GB gp3', says: 2, today: () => 20 * price('ebs.gp3') },
  // They bill every GB; the first 100 of a month are free.
  transfer: { name: 'Data transfer', quantity: '~5 GB', says: 5, today: () => 0 },
};

function nodes(count: number): number {
  return count * hours * price('ec2.t3.medium');
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
  const verdict = verdictOf(lines, facts.settings);
  return [table(lines, verdict), forgotten(lines), { ...loadTable(facts), verdict: none }];
}

/** More than the budget, by what we reckon with of use. */
export function* costOver(facts: Facts): Generator<Offence> {
  const { fits, says } = verdictOf(linesOf(facts), facts.settings);
  if (!fits) yield { file: 'charts/environments/cluster.ts', message: `budget.monthly: ${says}` };
}

/** The same for a program: every line, and what the price table is. */
/** @param tables for a person, who reads the same in them */
export function bill(facts: Facts, tables: readonly Budget[]) {
  const lines = linesOf(facts);
  return {
    apiVersion,
    kind: 'CostReport',
    region,
    pricesOf: asOf,
    budget: facts.settings.cluster.budget.monthly,
    ...verdictOf(lines, facts.settings),
    totals: totalsOf(lines),
    lines,
    tables: tables.map(({ title, columns, rows }) => ({ title, columns, rows })),
  };
}

function verdictOf(lines: readonly Line[], { cluster }: Settings): Budget['verdict'] {
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

function table(lines: readonly Line[], verdict: Budget['verdict']): Budget {
  const rows = Object.entries(documents).map(([row, { name, quantity, says, today }]) => {
    const ours = lines.filter((line) => line.documents === row);
    return [
      name,
      quantity,
      says,
      round(today()),
      ours.map((line) => line.quantity).join('; ') || '-',
      range(totalsOf(ours)),
    ];
  });
  const all = Object.values(documents);
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
        sum(({ today }) => today()),
        '',
        range(totalsOf(lines.filter(({ documents }) => documents))),
      ],
      ['what they forgot', '', '', '', 'below', range(totalsOf(lines.filter(({ documents }) => !documents)))],
      ['all', '', '', '', '', range(totalsOf(lines))],
    ],
    verdict,
  };
}

function forgotten(lines: readonly Line[]): Budget {
  const others = lines.filter(({ documents }) => !documents);
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
