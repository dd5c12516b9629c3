import { cell, table } from '../../report/markdown-table';
import { type Finding, type Level, nameOf, type VerifyReport } from '../finding';
import { summary, titles } from './text';

const marks: Readonly<Record<Level, string>> = { mismatch: '🔴', unanswered: '🟡', note: '⚪' };

/** For a pull request or the summary of a run. */
export function markdown(report: VerifyReport): string {
  const mark = report.passed ? '✅' : report.counts.mismatch > 0 ? '🔴' : '🟡';
  const parts = [`### ${mark} ${cell(summary(report))}`];
  parts.push(`Context \`${report.context}\`, Kubernetes ${report.kubernetes}; asked: ${report.asked.join(', ')}`);
  if (report.findings.length > 0)
    parts.push(
      table(
        ['', 'Asked', 'Where', 'What', 'Do this'],
        report.findings.map((each) => [
          marks[each.level],
          titles[each.question],
          where(each),
          [each.path && `\`${each.path}\``, each.message].filter(Boolean).join(' '),
          each.fix ?? '',
        ]),
      ),
    );
  if (report.notAsked.length > 0) parts.push(`<sub>Not asked: ${report.notAsked.map(cell).join(' · ')}</sub>`);
  return `${parts.join('\n\n')}\n`;
}

function where({ object, file, line }: Finding): string {
  const place = file && `\`${file}${line ? `:${line}` : ''}\``;
  return [object && nameOf(object), place].filter(Boolean).join(' ');
}
