/**
 * @param rows of Markdown: a bar ends no cell
 * @param sides of the columns; left when absent
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  sides: readonly string[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, i) => (sides[i] === 'right' ? '---:' : '---'));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}
