import Table from 'cli-table3';
import { printed } from '../../report/escape';
import { type Terminal, wrap } from '../../report/terminal';
import type { Level } from '../../rule';
import type { DiffReport, Finding, ObjectReport } from '../report';
import { fieldLines } from './fields';
import {
  changeOf,
  cosmetics,
  isShown,
  measured,
  nameOf,
  rangeOf,
  remarks,
  risks,
  valuesOf,
  verdict,
  where,
} from './words';

/** For a person at a terminal. */
export function text(report: DiffReport, terminal: Terminal): string {
  const { colors, width, quiet } = terminal;
  const { base, head } = report;
  const lines = risks(report).flatMap((finding) => [...risk(finding, terminal), '']);
  if (!quiet) {
    for (const object of report.objects) lines.push(...objectLines(object, terminal));
    const small = remarks(report);
    if (small.length > 0) lines.push(colors.bold('Also'));
    for (const finding of small) lines.push(...wrap(`${where(finding)}: ${finding.says}`, width, '  '));
    if (small.length > 0) lines.push('');
    lines.push(...deltaLines(report, terminal));
  }
  for (const { says, reason, until, ...finding } of report.acknowledged)
    lines.push(
      ...wrap(
        `${colors.dim('acknowledged')} ${where(finding as Finding)}: ${says} (${reason}, until ${until})`,
        width,
        '',
      ),
    );
  for (const note of report.notes) lines.push(...wrap(`${colors.yellow('note')} ${note}`, width, ''));
  const folded = cosmetics(report);
  if (folded && !quiet) lines.push(...wrap(colors.dim(folded), width, ''));
  const state = `${head.commit.slice(0, 7)}${head.dirty ? ' and what is not committed' : ''}`;
  lines.push(
    `${colors.bold(verdict(report))}`,
    colors.dim(`${base.ref} at ${base.commit.slice(0, 7)} → ${state}; no cluster was asked`),
  );
  return printed(`${lines.join('\n')}\n`);
}

function risk(finding: Finding, { colors, width, verbose }: Terminal): string[] {
  const { level, title, says, why, fix, instances } = finding;
  const paint: Readonly<Record<Level, (text: string) => string>> = {
    critical: (words) => colors.bold(colors.red(words)),
    high: colors.red,
    warn: colors.yellow,
    info: colors.dim,
  };
  const value = valuesOf(finding);
  const name = `${paint[level](level.padEnd(8))} ${colors.bold(title)}`;
  const fits = 9 + title.length + 2 + where(finding).length <= width;
  const heading = fits ? [`${name}  ${where(finding)}`] : [name, ...wrap(where(finding), width, '         ')];
  const sources = instances.map(({ source: { file, line } }) => `${file}${line ? `:${line}` : ''}`);
  return [
    ...heading,
    ...wrap(says, width, '         '),
    ...(value ? wrap(value, width, '         ').map((line) => colors.cyan(line)) : []),
    ...wrap(why, width, '         ').map((line) => colors.dim(line)),
    ...wrap(`→ ${fix}`, width, '         '),
    ...sources.map((source) => `         ${colors.dim(source)}`),
    ...(verbose ? instances.map(({ id }) => `         ${colors.dim(id)}`) : []),
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
    `${status[object.status]}${colors.bold(nameOf(object))} ${colors.dim(`${object.environments.join(', ')} · ${[...new Set(object.sources.map(({ chart }) => chart))].join(', ')}`)}`,
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
