import { type Annotation, annotations } from '../../report/annotations';
import { type Level, nameOf, type VerifyReport } from '../finding';

const commandOf: Readonly<Record<Level, Annotation['command']>> = {
  mismatch: 'error',
  unanswered: 'warning',
  note: 'notice',
};

/** Annotations of a workflow, at the manifest's line where there is one. */
export function github({ findings, environment }: VerifyReport): string {
  const all = findings.map(({ level, file, line, question, what, object, path, message, fix }) => {
    const text = [object && nameOf(object), path, message].filter(Boolean).join(' ');
    return {
      command: commandOf[level],
      file,
      line,
      title: `${question}: ${what}`,
      text: [text, fix].filter(Boolean).join('\n'),
    };
  });
  return annotations(all, 'verify', `npm run verify -- ${environment}`);
}
