/** For a program. */
export function json(report: object): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
