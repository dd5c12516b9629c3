import { type Annotation, annotations, commandOfLevel } from './annotations';
import { type Finding, headingOf, saidOf, whereOf } from './finding';

/**
 * Annotations of a workflow, at the line of the first file that a finding names.
 *
 * @param name the command that found them
 * @param first what is said before them
 */
export function github(
  findings: readonly Finding[],
  name: 'check' | 'diff',
  first: readonly Annotation[] = [],
): string {
  const all = findings.map((finding) => {
    const { level, why, fix, instances } = finding;
    const { file, line, column } = instances[0]?.source ?? {};
    return {
      command: commandOfLevel[level],
      file,
      line,
      column,
      title: `${headingOf(finding)}: ${whereOf(finding)}`,
      text: [saidOf(finding), why, fix].filter(Boolean).join('\n'),
    };
  });
  return annotations([...first, ...all], name, `npm run ${name}`);
}
