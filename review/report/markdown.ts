import type { Budget } from '../report/report';
import type { Level } from '../rule';
import { code, printed, sentence, words } from './escape';
import { table } from './markdown-table';
import type { CheckReport, Finding } from './report';
import { alignment } from './table';
import { verdict } from './verdict';

export const marks: Readonly<Record<Level, string>> = { critical: '🔴', high: '🟠', warn: '🟡', info: '⚪' };

/** For a pull request or the summary of a run. */
export function markdown(report: CheckReport): string {
  const parts = [`### ${report.passed ? '✅' : '🔴'} ${words(verdict(report))}`];
  const shown = report.findings.filter(({ status }) => status !== 'known');
  if (shown.length > 0)
    parts.push(
      table(
        ['', 'Rule', 'Where', 'What', 'Do this'],
        shown.map((each) => [
          marks[each.level],
          `[${each.rule}](${each.docs})`,
          where(each),
          what(each),
          sentence(each.fix),
        ]),
      ),
    );
  for (const { title, list } of [
    { title: 'fixed since', list: report.fixed },
    { title: 'known', list: report.findings.filter(({ status }) => status === 'known') },
  ])
    if (list.length > 0)
      parts.push(
        details(`${list.length} ${title}`, list.map((each) => `- ${code(each.rule)} ${where(each)}`).join('\n')),
      );
  if (report.allowed.length > 0)
    parts.push(
      details(
        `${report.allowed.length} allowed, each with its reason`,
        table(
          ['Rule', 'Where', 'Reason', 'Until'],
          report.allowed.map((each) => [
            code(each.rule),
            where(each),
            words(each.reason),
            words(each.until ?? ''),
          ]),
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

function where({ object, file, line, environment }: Finding): string {
  return `${words(`${environment} ${object ? `${object.kind}/${object.name}` : ''}`)} ${code(`${file}:${line}`)}`;
}

function what({ path, message }: Finding): string {
  return [...(path ? [code(path)] : []), sentence(message)].join(' ');
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

function details(summary: string, body: string): string {
  return `<details><summary>${words(summary)}</summary>\n\n${body}\n\n</details>`;
}
