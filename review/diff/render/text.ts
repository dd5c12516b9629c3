import Table from 'cli-table3';
import { printed } from '../../report/escape';
import { whereOf } from '../../report/finding';
import { type Terminal, wrap } from '../../report/terminal';
import { findingText } from '../../report/text';
import type { DiffReport, ObjectReport, Verdict } from '../report';
import { fieldLines } from './fields';
import { changeOf, cosmetics, isShown, measured, rangeOf, shownName, unasked } from './words';

/** For a person at a terminal: what it comes to, then what it is made of. */
export function text(report: DiffReport, terminal: Terminal): string {
  const { colors, width, quiet, verbose } = terminal;
  const { base, head } = report;
  // The everyday case: who wants the fields as well asks for them.
  if (report.verdict.promotion && !verbose)
    return printed(`${verdictLines(report.verdict, terminal).join('\n')}\n`);
  const lines = [...verdictLines(report.verdict, terminal), ''];
  const shown = report.findings.filter(({ level }) => verbose || level !== 'info');
  for (const finding of shown) lines.push(...findingText(finding, terminal), '');
  if (!quiet) {
    for (const object of report.objects) lines.push(...objectLines(object, terminal));
    lines.push(...deltaLines(report, terminal));
  }
  for (const { says, reason, until, ...finding } of report.acknowledged)
    lines.push(
      ...wrap(
        `${colors.dim('acknowledged')} ${whereOf({ ...finding, says })}: ${says} (${reason}, until ${until})`,
        width,
        '',
      ),
    );
  for (const note of report.notes) lines.push(...wrap(`${colors.yellow('note')} ${note}`, width, ''));
  const folded = cosmetics(report);
  if (folded && !quiet) lines.push(...wrap(colors.dim(folded), width, ''));
  const state = `${head.commit.slice(0, 7)}${head.dirty ? ' and what is not committed' : ''}`;
  lines.push(
    colors.dim(`${base.ref} at ${base.commit.slice(0, 7)} → ${state}`),
    ...wrap(colors.dim(unasked(report)), width, ''),
  );
  return printed(`${lines.join('\n')}\n`);
}

function verdictLines({ headline, lines, more }: Verdict, { colors, width }: Terminal): string[] {
  const [first = '', ...rest] = wrap(headline, width, '');
  return [
    ...[first, ...rest].map(colors.bold),
    ...lines.flatMap(({ level, says, link }) =>
      wrap(`${level === 'info' ? '' : `${level} `}${says}${link ? ` ${link}` : ''}`, width - 2, '  ').map(
        (line, i) => (i === 0 ? `- ${line.slice(2)}` : line),
      ),
    ),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

function objectLines(object: ObjectReport, { colors, width }: Terminal): string[] {
  if (!isShown(object)) return [];
  const paint = { ' ': (words: string) => words, '-': colors.red, '+': colors.green };
  const status = {
    added: colors.green('+ new '),
    removed: colors.red('- removed '),
    renamed: object.name.endsWith('-*') ? '~ new content ' : '~ renamed ',
    changed: '',
  };
  return [
    `${status[object.status]}${colors.bold(shownName(object))} ${colors.dim(`${object.environments.join(', ')} · ${[...new Set(object.sources.map(({ chart }) => chart))].join(', ')}`)}`,
    ...fieldLines(object).map(({ sign, text: words }) =>
      paint[sign](fitted(`${sign} ${words}`, Math.max(40, width))),
    ),
    '',
  ];
}

function deltaLines({ deltas }: DiffReport, { colors }: Terminal): string[] {
  if (deltas.length === 0) return [];
  const table = new Table({
    head: ['', 'Before', 'After', 'Change'].map((head) => colors.bold(head)),
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const delta of deltas) {
    const { environment, unit, before, after } = delta;
    table.push([
      `${environment}: ${measured(delta)}`,
      rangeOf(before, unit),
      rangeOf(after, unit),
      changeOf(delta),
    ]);
  }
  return [table.toString(), ''];
}

function fitted(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
