import type { Budget } from '../report/report';
import type { Level } from '../rule';
import { code, printed, sentence, words } from './escape';
import { type Finding, few, fieldOf, headingOf, placeIn, whereOf } from './finding';
import { table } from './markdown-table';
import type { CheckReport } from './report';
import { alignment } from './table';
import { valuesOf } from './values';
import { verdict } from './verdict';

export const marks: Readonly<Record<Level, string>> = { critical: '🔴', high: '🟠', warn: '🟡', info: '⚪' };

/** For a pull request or the summary of a run. */
export function markdown(report: CheckReport): string {
  const parts = [`### ${report.passed ? '✅' : '🔴'} ${words(verdict(report))}`];
  const shown = report.findings.filter(({ status }) => status !== 'known');
  if (shown.length > 0) parts.push(findingTable(shown));
  for (const { title, list } of [
    { title: 'fixed since', list: report.fixed },
    { title: 'known', list: report.findings.filter(({ status }) => status === 'known') },
  ])
    if (list.length > 0)
      parts.push(
        details(`${list.length} ${title}`, list.map((each) => `- ${kindOf(each)} ${place(each)}`).join('\n')),
      );
  if (report.allowed.length > 0)
    parts.push(
      details(
        `${report.allowed.length} allowed, each with its reason`,
        table(
          ['Rule', 'Where', 'Reason', 'Until'],
          report.allowed.map((each) => [kindOf(each), place(each), words(each.reason), words(each.until ?? '')]),
        ),
      ),
    );
  parts.push(...report.budgets.map(budget));
  const standing = report.benchmarks.map(
    ({ name, checkable, covered, passing, elsewhere }) =>
      `${name}: ${passing} of ${covered} covered pass (${checkable} can be read from manifests, ${elsewhere} need the cluster)`,
  );
  parts.push(`<sub>${[...standing, ...report.notes].map(words).join(' · ')}</sub>`);
  return printed(`${parts.join('\n\n')}\n`);
}

/** Tables without findings, open. */
export function tables(budgets: readonly Budget[]): string {
  const parts = budgets.flatMap((budget) => [
    `### ${words(budget.title)}`,
    rowsOf(budget),
    ...(budget.verdict.says ? [`${budget.verdict.fits ? '✅' : '🔴'} ${words(budget.verdict.says)}`] : []),
  ]);
  return printed(`${parts.join('\n\n')}\n`);
}

/**
 * @param most characters that it may take; the first row is shown anyway
 * @param files the address below which files are seen; without it, their names are not linked
 */
export function findingTable(
  findings: readonly Finding[],
  most = Number.POSITIVE_INFINITY,
  files?: string,
): string {
  const rows: string[][] = [];
  let left = most;
  for (const each of findings) {
    const row = [marks[each.level], kindOf(each, files), place(each, files), what(each), sentence(each.fix)];
    left -= row.join(' | ').length + 5;
    if (left < 0 && rows.length > 0) break;
    rows.push(row);
  }
  const more = findings.length - rows.length;
  return [
    table(['', 'What', 'Where', 'What happens', 'Do this'], rows),
    ...(more > 0 ? [`${more} more are in the run’s summary.`] : []),
  ].join('\n\n');
}

/** The class, or the rule with its page. */
function kindOf(finding: Finding, files?: string): string {
  return finding.docs ? link(headingOf(finding), finding.docs, files) : finding.title;
}

/** A link that leads there from a comment as well, where the address is known. */
export function link(text: string, file: string, files?: string): string {
  return `[${text}](${files === undefined || /^https:/.test(file) ? file : `${files}/${file}`})`;
}

function place(finding: Finding, files?: string): string {
  const at = finding.instances.map(({ source: { file, line } }) => {
    const name = code(placeIn({ file, line, chart: '' }));
    return files && line !== undefined && !file.startsWith('add-ons/')
      ? link(name, `${encodeURI(file)}#L${line}`, files)
      : name;
  });
  return [finding.object && words(whereOf(finding)), few(at)].filter(Boolean).join(' ');
}

function what(finding: Finding): string {
  const [value, field] = [valuesOf(finding), fieldOf(finding)];
  return `${field && `${code(field)} `}${sentence(finding.says)}${value ? ` (${code(value)})` : ''}`;
}

function budget(each: Budget): string {
  return details(`${each.verdict.fits ? '✅' : '🔴'} ${each.title}: ${each.verdict.says}`, rowsOf(each));
}

function rowsOf(each: Budget): string {
  return table(
    each.columns.map(words),
    each.rows.map((row) => row.map((value) => words(String(value)))),
    alignment(each),
  );
}

export function details(summary: string, body: string): string {
  return `<details><summary>${words(summary)}</summary>\n\n${body}\n\n</details>`;
}
