import { annotations, commandOf } from '../../report/annotations';
import type { DiffReport } from '../report';
import { risks, where } from './words';

/** Annotations of a workflow, at the manifest's line. */
export function github(report: DiffReport): string {
  const all = risks(report).map((finding) => {
    const { level, instances, title, says, why, fix } = finding;
    const { file = '', line } = instances[0]?.source ?? {};
    return {
      command: commandOf[level],
      file,
      line,
      title: `${title}: ${where(finding)}`,
      text: `${says}\n${why}\n${fix}`,
    };
  });
  return annotations(all, 'diff', 'npm run diff');
}
