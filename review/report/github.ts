import type { Level } from '../rule';
import type { CheckReport, Finding } from './report';

/** GitHub shows at most this many of each level. */
const most = 10;
const commands: readonly { command: string; levels: readonly Level[] }[] = [
  { command: 'error', levels: ['critical', 'high'] },
  { command: 'warning', levels: ['warn'] },
  { command: 'notice', levels: ['info'] },
];

/** Annotations of a workflow: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function github({ findings }: CheckReport): string {
  const shown = findings.filter(({ status }) => status !== 'known');
  return commands
    .flatMap(({ command, levels }) => {
      const all = shown.filter(({ level }) => levels.includes(level));
      // Of eleven, the tenth has to be the one that says so.
      const lines = all.slice(0, all.length > most ? most - 1 : most).map((each) => annotation(command, each));
      const more = all.length - lines.length;
      return more > 0 ? [...lines, `::${command} title=check::and ${more} more; npm run check shows them`] : lines;
    })
    .map((line) => `${line}\n`)
    .join('');
}

function annotation(command: string, { file, line, column, rule, path, message, fix }: Finding): string {
  const properties = { file, line, col: column, title: rule };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${command} ${list.join(',')}::${escaped(`${[path, message].filter(Boolean).join(' ')}\n${fix}`)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
