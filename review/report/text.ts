import Table from 'cli-table3';
import { coversOf } from '../model/public-checks';
import type { Budget } from '../report/report';
import { exceptionTo, type Level, type Rule } from '../rule';
import { printed } from './escape';
import type { Allowed, CheckReport, Finding } from './report';
import { alignment } from './table';
import { type Terminal, wrap } from './terminal';
import { verdict } from './verdict';

/** For a person at a terminal. */
export function text(report: CheckReport, terminal: Terminal): string {
  const { colors, quiet, verbose } = terminal;
  const lines: string[] = [];
  const shown = verbose ? report.findings : report.findings.filter(({ status }) => status !== 'known');
  let environment: string | undefined;
  for (const finding of shown) {
    if (finding.environment !== environment) lines.push('', colors.bold(finding.environment));
    environment = finding.environment;
    lines.push(...findingLines(finding, terminal));
  }
  for (const finding of report.fixed) lines.push(`${colors.green('fixed')} ${finding.rule} ${at(finding)}`);
  if (verbose) lines.push(...report.allowed.map((each) => allowedLine(each, terminal)));
  if (!quiet) for (const budget of report.budgets) lines.push('', ...budgetLines(budget, terminal));
  if (verbose)
    for (const { name, checkable, covered, passing, elsewhere, missing } of report.benchmarks)
      lines.push(
        `${name}: ${passing} of ${covered} covered checks pass, of ${checkable} that manifests decide; ${elsewhere} need the cluster${missing.length > 0 ? `; not covered: ${missing.join(', ')}` : ''}`,
      );
  if (!quiet)
    lines.push(...report.notes.flatMap((note) => wrap(`${colors.dim('note')} ${note}`, terminal.width, '')));
  lines.push('', `${report.passed ? colors.green('passed') : colors.red('failed')} ${verdict(report)}`);
  return printed(`${lines.join('\n').replace(/^\n+/, '')}\n`);
}

/** Tables without findings. */
export function tables(budgets: readonly Budget[], terminal: Terminal): string {
  return printed(`${budgets.map((budget) => budgetLines(budget, terminal).join('\n')).join('\n\n')}\n`);
}

/** A rule's page, as far as it fits a terminal. */
export function explain(rule: Rule, file: string, { colors, width }: Terminal): string {
  const { id, level, title, why, fix } = rule;
  const covers = coversOf(id);
  const part = (name: string, body: string) => ['', colors.bold(name), ...wrap(body, width, '  ')];
  return [
    `${colors.bold(id)} (${level})`,
    ...wrap(title, width, '  '),
    ...part('Why', why),
    ...part('Fix', fix),
    ...part('Exception', exceptionTo(rule)),
    ...part('Written in', file),
    ...(covers.length > 0 ? part('Covers', covers.join(', ')) : []),
    '',
  ].join('\n');
}

function findingLines(finding: Finding, { colors, width }: Terminal): string[] {
  const { level, rule, path, message, fix, object } = finding;
  const paint: Readonly<Record<Level, (text: string) => string>> = {
    critical: colors.red,
    high: colors.red,
    warn: colors.yellow,
    info: colors.dim,
  };
  return [
    `  ${paint[level](level.padEnd(8))} ${object ? `${object.kind} ${object.name}` : finding.file}  ${colors.dim(rule)}`,
    `           ${colors.cyan(at(finding))}`,
    ...wrap([path, message].filter(Boolean).join(' '), width, '           '),
    ...wrap(fix, width, '           ').map((line) => colors.dim(line)),
  ];
}

function allowedLine({ rule, reason, until, ...finding }: Allowed, { colors }: Terminal): string {
  return `${colors.dim('allowed')} ${rule} ${at({ ...finding, rule })}: ${reason}${until ? ` (until ${until})` : ''}`;
}

function at({ file, line, column }: Finding): string {
  return `${file}:${line}:${column}`;
}

function budgetLines(budget: Budget, { colors, width }: Terminal): string[] {
  const table = new Table({
    head: budget.columns.map((column) => colors.bold(column)),
    colAligns: alignment(budget),
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    wordWrap: true,
    colWidths: widths(budget, width),
  });
  table.push(...budget.rows.map((row) => row.map(String)));
  const { fits, says } = budget.verdict;
  return [
    colors.bold(budget.title),
    table.toString(),
    // One that only tells has nothing to say about fitting.
    ...(says ? wrap(`${fits ? colors.green('fits') : colors.red('does not fit')} ${says}`, width, '') : []),
  ];
}

/** The widest columns give way until all fit. */
function widths({ columns, rows }: Budget, width: number): number[] {
  const wide = columns.map(
    (column, i) => 2 + Math.max(column.length, ...rows.map((row) => String(row[i] ?? '').length)),
  );
  const room = width - columns.length - 1;
  while (wide.reduce((sum, each) => sum + each, 0) > room && Math.max(...wide) > 8)
    wide[wide.indexOf(Math.max(...wide))] = Math.max(...wide) - 1;
  return wide;
}
