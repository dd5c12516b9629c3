/** @param sides of the columns; left when absent */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  sides: readonly string[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const rule = head.map((_, i) => (sides[i] === 'right' ? '---:' : '---'));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** One line of text that cannot end a cell, and in which `<name>` is no tag that GitHub would take away. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
}
