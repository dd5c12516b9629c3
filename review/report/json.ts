import type { CheckReport } from './report';

export function json(report: CheckReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
