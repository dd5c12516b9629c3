/** For a program; a runner that logs it finds no command in it, as `printed` says. */
export function json(report: object): string {
  return `${JSON.stringify(report, null, 2).replaceAll('##[', '##\\u005b')}\n`;
}
