import { type Annotation, annotations } from '../../report/annotations';
import { nameInFull, type VerifyLevel, type VerifyReport } from '../finding';

const commandOf: Readonly<Record<VerifyLevel, Annotation['command']>> = {
  mismatch: 'error',
  unanswered: 'warning',
  note: 'notice',
};

/** Annotations of a workflow, at the manifest's line where there is one. */
export function github({ findings, environment }: VerifyReport): string {
  const all = findings.map(({ level, file, line, question, what, object, path, message, fix }) => {
    const text = [object && nameInFull(object), path, message].filter(Boolean).join(' ');
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
