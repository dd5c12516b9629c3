import { type Finding, type Level, nameOf, type VerifyReport } from '../finding';

/** GitHub shows at most this many of each level. */
const most = 10;
const commands: Readonly<Record<Level, string>> = { mismatch: 'error', unanswered: 'warning', note: 'notice' };

/** Annotations of a workflow: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function github({ findings, environment }: VerifyReport): string {
  return (Object.entries(commands) as [Level, string][])
    .flatMap(([level, command]) => {
      const all = findings.filter((each) => each.level === level);
      // Of eleven, the tenth has to be the one that says so.
      const shown = all.slice(0, all.length > most ? most - 1 : most);
      const rest = all.length - shown.length;
      const lines = shown.map((each) => annotation(command, each));
      return rest > 0
        ? [...lines, `::${command} title=verify::and ${rest} more; npm run verify -- ${environment} shows them`]
        : lines;
    })
    .map((line) => `${line}\n`)
    .join('');
}

function annotation(command: string, { file, line, question, what, object, path, message, fix }: Finding): string {
  const properties = { ...(file && { file }), ...(line && { line }), title: `${question}: ${what}` };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  const text = [object && nameOf(object), path, message].filter(Boolean).join(' ');
  return `::${command} ${list.join(',')}::${escaped([text, fix].filter(Boolean).join('\n'))}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
