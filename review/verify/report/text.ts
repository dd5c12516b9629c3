import { printed } from '../../report/escape';
import { type Terminal, wrap } from '../../report/terminal';
import { nameInFull, type VerifyFinding, type VerifyLevel, type VerifyReport } from '../finding';

/** What is asked, as a person would. */
export const questionTitles = {
  accepted: 'Accepted?',
  drift: 'Drift?',
  healthy: 'Healthy?',
  fits: 'Fits?',
} as const;
const indent = '             ';

/** For a person at a terminal. */
export function text(report: VerifyReport, terminal: Terminal): string {
  const { colors, width } = terminal;
  const lines = [
    `${colors.bold(report.environment)} in ${report.context} (${report.server}), Kubernetes ${report.kubernetes}`,
  ];
  for (const question of report.asked) {
    const findings = report.findings.filter((each) => each.question === question);
    const wrong = findings.filter(({ level }) => level !== 'note');
    lines.push(
      '',
      `${colors.bold(questionTitles[question])} ${wrong.length === 0 ? colors.green(good(question)) : ''}`.trimEnd(),
    );
    lines.push(...findings.flatMap((each) => linesOf(each, terminal)));
  }
  // Findings of a question that was not asked, but needed by one that was.
  const others = report.findings.filter(({ question }) => !report.asked.includes(question));
  lines.push(...others.flatMap((each) => linesOf(each, terminal)));
  if (report.notAsked.length > 0) {
    lines.push('', colors.bold('Not asked'));
    lines.push(...report.notAsked.flatMap((each) => wrap(`- ${each}`, width, '  ')));
  }
  lines.push('', verdict(report, terminal));
  return printed(`${lines.join('\n')}\n`);
}

/** `failed: 2 mismatches, 1 question not answered, 3 notes (84 objects of production)` */
export function summary({ counts, objects, environment, passed }: VerifyReport): string {
  const some = (number: number, one: string, more: string) =>
    number > 0 ? [`${number} ${number === 1 ? one : more}`] : [];
  const parts = [
    ...some(counts.mismatch, 'mismatch', 'mismatches'),
    ...some(counts.unanswered, 'question not answered', 'questions not answered'),
    ...some(counts.note, 'note', 'notes'),
  ];
  const all = parts.length > 0 ? parts.join(', ') : 'nothing to tell';
  return `${passed ? 'passed' : counts.mismatch > 0 ? 'failed' : 'incomplete'}: ${all} (${objects} objects of ${environment})`;
}

function verdict(report: VerifyReport, { colors }: Terminal): string {
  const line = summary(report);
  if (report.passed) return colors.green(line);
  return report.counts.mismatch > 0 ? colors.red(line) : colors.yellow(line);
}

function good(question: keyof typeof questionTitles): string {
  return { accepted: 'yes', drift: 'none', healthy: 'yes', fits: 'yes' }[question];
}

function linesOf(finding: VerifyFinding, { colors, width }: Terminal): string[] {
  const { level, what, object, file, line, path, message, fix } = finding;
  const paint: Readonly<Record<VerifyLevel, (text: string) => string>> = {
    mismatch: colors.red,
    unanswered: colors.yellow,
    note: colors.dim,
  };
  const about = object ? nameInFull(object) : (file ?? '');
  return [
    `  ${paint[level](level.padEnd(10))} ${about}  ${colors.dim(what)}`.trimEnd(),
    ...(file && object ? [`${indent}${colors.cyan(`${file}${line ? `:${line}` : ''}`)}`] : []),
    ...wrap([path, message].filter(Boolean).join(' '), width, indent),
    ...(fix ? wrap(fix, width, indent).map((each) => colors.dim(each)) : []),
  ];
}
