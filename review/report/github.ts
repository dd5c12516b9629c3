import { annotations, commandOf } from './annotations';
import type { CheckReport } from './report';

/** Annotations of a workflow, at the manifest's line. */
export function github({ findings }: CheckReport): string {
  const all = findings
    .filter(({ status }) => status !== 'known')
    .map(({ level, file, line, column, rule, path, message, fix }) => ({
      command: commandOf[level],
      file,
      line,
      column,
      title: rule,
      text: `${[path, message].filter(Boolean).join(' ')}\n${fix}`,
    }));
  return annotations(all, 'check', 'npm run check');
}
