import Table from 'cli-table3';
import { coversOf } from '../model/public-checks';
import type { Budget } from '../report/report';
import { exceptionTo, type Level, type Rule } from '../rule';
import { printed } from './escape';
import { type Finding, few, headingOf, placeIn, saidOf, whereOf } from './finding';
import type { CheckReport } from './report';
import { alignment } from './table';
import { type Terminal, wrap } from './terminal';
import { valuesOf } from './values';
import { verdict } from './verdict';

/** For a person at a terminal. */
export function text(report: CheckReport, terminal: Terminal): string {
  const { colors, quiet, verbose } = terminal;
  const lines: string[] = [];
  const shown = verbose ? report.findings : report.findings.filter(({ status }) => status !== 'known');
  for (const finding of shown) lines.push(...findingText(finding, terminal), '');
  const named = (finding: Finding) => `${finding.rule} ${finding.instances.map(({ source }) => placeIn(source))}`;
  for (const finding of report.fixed) lines.push(`${colors.green('fixed')} ${named(finding)}`);
  if (verbose)
    for (const { reason, until, ...finding } of report.allowed)
      lines.push(`${colors.dim('allowed')} ${named(finding)}: ${reason}${until ? ` (until ${until})` : ''}`);
  if (verbose) for (const budget of report.budgets) lines.push('', ...budgetLines(budget, terminal));
  else if (!quiet)
    lines.push(...oncePerSays(report.budgets).flatMap((budget) => budgetLine(budget, terminal)), '');
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

/** One finding, with where it stands and what to do. */
export function findingText(finding: Finding, { colors, width, verbose }: Terminal): string[] {
  const { level, why, fix, instances } = finding;
  const paint: Readonly<Record<Level, (text: string) => string>> = {
    critical: (words) => colors.bold(colors.red(words)),
    high: colors.red,
    warn: colors.yellow,
    info: colors.dim,
  };
  const [name, where, value] = [headingOf(finding), whereOf(finding), valuesOf(finding)];
  const places = instances.map(({ source }) => placeIn(source));
  const heading = `${paint[level](level.padEnd(8))} ${colors.bold(name)}`;
  const indented = (text: string) => wrap(text, width, '         ');
  return [
    ...(9 + name.length + 2 + where.length <= width ? [`${heading}  ${where}`] : [heading, ...indented(where)]),
    ...indented(saidOf(finding)),
    ...(value ? indented(value).map(colors.cyan) : []),
    ...indented(why).map(colors.dim),
    ...indented(`→ ${fix}`),
    ...(verbose ? places : few(places).split(', ')).map((place) => `         ${colors.dim(place)}`),
    ...(verbose ? instances.map(({ id }) => `         ${colors.dim(id)}`) : []),
  ];
}

/** The first of two tables of the same budget. */
function oncePerSays(budgets: readonly Budget[]): Budget[] {
  return [...new Map([...budgets].reverse().map((budget) => [budget.verdict.says, budget])).values()].reverse();
}

/** A budget in a line. */
function budgetLine({ title, verdict: { fits, says } }: Budget, { colors, width }: Terminal): string[] {
  const word = fits ? colors.green('fits') : colors.red('does not fit');
  return says ? wrap(`${word} ${title}: ${says}`, width, '') : [];
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

/** The widest columns give way until all fit, but none below its longest word, which would be cut. */
function widths({ columns, rows }: Budget, width: number): number[] {
  const wide = columns.map(
    (column, i) => 2 + Math.max(column.length, ...rows.map((row) => String(row[i] ?? '').length)),
  );
  const least = columns.map(
    (column, i) =>
      2 +
      Math.max(
        ...[column, ...rows.map((row) => row[i] ?? '')].flatMap((cell) =>
          String(cell)
            .split(/\s+/)
            .map(({ length }) => length),
        ),
      ),
  );
  const room = width - columns.length - 1;
  for (let over = wide.reduce((sum, each) => sum + each, 0) - room; over > 0; over--) {
    const spare = wide.map((each, i) => (each > (least[i] ?? 0) ? each : 0));
    if (Math.max(...spare) === 0) break;
    wide[spare.indexOf(Math.max(...spare))] = Math.max(...spare) - 1;
  }
  return wide;
}
