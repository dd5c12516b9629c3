import type { Level } from '../../rule';
import type { DiffReport, Finding } from '../report';
import { risks, where } from './words';

/** GitHub shows at most this many of each level. */
const most = 10;
const commands: readonly { command: string; levels: readonly Level[] }[] = [
  { command: 'error', levels: ['critical', 'high'] },
  { command: 'warning', levels: ['warn'] },
];

/** Annotations of a workflow, at the manifest's line. */
export function github(report: DiffReport): string {
  return commands
    .flatMap(({ command, levels }) => {
      const all = risks(report).filter(({ level }) => levels.includes(level));
      // Of eleven, the tenth has to be the one that says so.
      const lines = all
        .slice(0, all.length > most ? most - 1 : most)
        .map((finding) => annotation(command, finding));
      const more = all.length - lines.length;
      return more > 0 ? [...lines, `::${command} title=diff::and ${more} more; npm run diff shows them`] : lines;
    })
    .map((line) => `${line}\n`)
    .join('');
}

function annotation(command: string, finding: Finding): string {
  const { instances, title, says, why, fix } = finding;
  const [first] = instances;
  const { file = '', line } = first?.source ?? {};
  const properties = { file, ...(line && { line }), title: `${title}: ${where(finding)}` };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${command} ${list.join(',')}::${escaped(`${says}\n${why}\n${fix}`)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
