import { code, printed, sentence, words } from '../../report/escape';
import { table } from '../../report/markdown-table';
import { nameInFull, type VerifyFinding, type VerifyLevel, type VerifyReport } from '../finding';
import { questionTitles, summary } from './text';

const marks: Readonly<Record<VerifyLevel, string>> = { mismatch: '🔴', unanswered: '🟡', note: '⚪' };

/** For a pull request or the summary of a run. */
export function markdown(report: VerifyReport): string {
  const mark = report.passed ? '✅' : report.counts.mismatch > 0 ? '🔴' : '🟡';
  const parts = [`### ${mark} ${words(summary(report))}`];
  parts.push(
    `Context ${code(report.context)}, Kubernetes ${words(report.kubernetes)}; asked: ${report.asked.join(', ')}`,
  );
  if (report.findings.length > 0)
    parts.push(
      table(
        ['', 'Asked', 'Where', 'What', 'Do this'],
        report.findings.map((each) => [
          marks[each.level],
          questionTitles[each.question],
          where(each),
          [each.path && code(each.path), sentence(each.message)].filter(Boolean).join(' '),
          sentence(each.fix ?? ''),
        ]),
      ),
    );
  if (report.notAsked.length > 0) parts.push(`<sub>Not asked: ${report.notAsked.map(words).join(' · ')}</sub>`);
  return printed(`${parts.join('\n\n')}\n`);
}

function where({ object, file, line }: VerifyFinding): string {
  const place = file && code(`${file}${line ? `:${line}` : ''}`);
  return [object && words(nameInFull(object)), place].filter(Boolean).join(' ');
}
