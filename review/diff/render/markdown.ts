import program from '../../../charts/program.json';
import { groupedBy } from '../../model/collections';
import { code, printed, sentence, words } from '../../report/escape';
import { whereOf } from '../../report/finding';
import { details, findingTable, link, marks } from '../../report/markdown';
import { table } from '../../report/markdown-table';
import type { DiffReport, ObjectReport } from '../report';
import { fieldLines } from './fields';
import { changeOf, cosmetics, isShown, measured, rangeOf, remarks, risks, shownName, unasked } from './words';

/** GitHub refuses a comment of more than 65,536 characters. */
const longest = 60_000;
/** The part of it that the table of risks may take. */
const tableLongest = 25_000;

/** A comment for the pull request: the same input gives the same text. */
export function markdown(report: DiffReport): string {
  const { base, head, verdict } = report;
  // Who updates the comment reads this line: an older run has another head.
  const id = `<!-- ${program.name}-diff v1 id=main head=${head.commit} base=${base.commit} -->`;
  const title = `### ${verdict.level === 'none' ? '🟢' : marks[verdict.level]} ${sentence(verdict.headline)}`;
  const lines = verdict.lines.map(
    ({ level, says, link: to }) =>
      `- ${level === 'info' ? '' : `${marks[level]} `}${sentence(says)}${to ? ` (${link(to.startsWith('https:') ? 'commits' : 'why', to, report.files)})` : ''}`,
  );
  if (verdict.more > 0) lines.push(`- and ${verdict.more} more`);
  const compared = `Compared \`dist/\`, \`argocd/\` and the stacks at \`${base.commit.slice(0, 7)}\` (merge-base with ${words(base.ref)}) to \`${head.commit.slice(0, 7)}\`${head.dirty ? ' and what is not committed' : ''}. ${unasked(report)}`;
  const all = risks(report);
  const parts = [
    `${id}\n${title}`,
    lines.join('\n'),
    ...(all.length > 0
      ? [details(`${all.length} to read, each with what to do`, findingTable(all, tableLongest, report.files))]
      : []),
    ...deltaTable(report),
    ...small(report),
  ];
  const footer = `<sub>${[compared, cosmetics(report), 'levels: 🔴 critical, 🟠 high, 🟡 warn', 'times and money are estimates', 'updates on push'].filter(Boolean).join(' · ')}</sub>`;
  const room = longest - parts.join('\n\n').length - footer.length - 200;
  parts.push(...objectDetails(report.objects, room), footer);
  return printed(`${parts.filter(Boolean).join('\n\n')}\n`);
}

function deltaTable({ deltas }: DiffReport): string[] {
  return [...new Set(deltas.map(({ environment }) => environment))].map((environment) => {
    const rows = deltas
      .filter((delta) => delta.environment === environment)
      .map((delta) => {
        const { unit, before, after } = delta;
        return [words(measured(delta)), rangeOf(before, unit), rangeOf(after, unit), changeOf(delta)];
      });
    return table([`Delta (${words(environment)})`, 'Before', 'After', 'Change'], rows, [
      '',
      'right',
      'right',
      'right',
    ]);
  });
}

function small(report: DiffReport): string[] {
  const list = remarks(report).map((finding) => `- ${words(whereOf(finding))}: ${sentence(finding.says)}`);
  if (list.length > 50) list.splice(50, list.length, `- and ${list.length - 50} more`);
  const known = report.acknowledged.map(
    (finding) =>
      `- acknowledged until ${finding.until}: ${words(whereOf(finding))}: ${sentence(finding.says)} (${words(finding.reason)})`,
  );
  const notes = report.notes.slice(0, 20).map((note) => `- ⚠️ ${sentence(note)}`);
  if (report.notes.length > 20) notes.push(`- and ${report.notes.length - 20} more notes`);
  return [
    ...(list.length > 0 ? [details(`${list.length} more to know`, list.join('\n'))] : []),
    [...known.slice(0, 50), ...notes].join('\n'),
  ];
}

/** By environments, each object whole or by its name only. */
function objectDetails(objects: readonly ObjectReport[], room: number): string[] {
  const sections = groupedBy(objects.filter(isShown), ({ environments }) => environments.join(', '));
  // The names of all must have room, whatever else has.
  const names = (list: readonly ObjectReport[]) => list.map((object) => code(shownName(object))).join(', ');
  let left =
    room -
    [...sections].reduce((sum, [name, list]) => sum + name.length + 200 + Math.min(names(list).length, 8_000), 0);
  return [...sections].map(([name, list]) => {
    const shown: string[] = [];
    for (const object of list) {
      const block = blockOf(object);
      if (block.length > left) break;
      shown.push(block);
      left -= block.length;
    }
    const rest = list.slice(shown.length);
    if (rest.length > 0) shown.push(unshown(rest, names(rest)));
    return `<details><summary><b>${words(name)}</b> · ${tally(list.map(({ status }) => status))}</summary>\n\n${shown.join('\n\n')}\n</details>`;
  });
}

function unshown(rest: readonly ObjectReport[], names: string): string {
  const list = names.length <= 8_000 ? names : words(tally(rest.map(({ kind, status }) => `${kind} ${status}`)));
  return `**${rest.length} ${rest.length === 1 ? 'object is' : 'objects are'} not shown field by field, see the run’s summary:** ${list}`;
}

function blockOf(object: ObjectReport): string {
  const lines = fieldLines(object).map(({ sign, text }) => `${sign} ${text}`);
  // A fence must be longer than any in what it holds.
  const fence = '`'.repeat(
    Math.max(3, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length + 1))),
  );
  const body = lines.length > 0 ? `\n${fence}diff\n${lines.join('\n')}\n${fence}` : '';
  const status =
    object.status === 'changed'
      ? ''
      : ` (${object.status === 'added' ? 'new' : object.name.endsWith('-*') ? 'new content' : object.status})`;
  const classes = object.classes.filter((name) => !['config', 'new', 'removed'].includes(name)).join(', ');
  const sources = [...new Set(object.sources.map(({ chart }) => chart))].map(code).join(', ');
  return `#### ${words(shownName(object))}${status} ${object.level === 'info' || object.level === 'none' ? '' : marks[object.level]} ${classes}${body}\nsource: ${sources} · ${object.sources.map(({ file }) => code(file)).join(', ')}`;
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}
