import { commandOfLevel } from '../../report/annotations';
import { github as annotated } from '../../report/github';
import type { DiffReport } from '../report';
import { risks } from './words';

/** Annotations of a workflow: what it comes to, then each finding at the manifest's line. */
export function github(report: DiffReport): string {
  const { level, headline } = report.verdict;
  const command = level === 'none' ? 'notice' : commandOfLevel[level];
  return annotated(risks(report), 'diff', [{ command, title: 'verdict', text: headline }]);
}
