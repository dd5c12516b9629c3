import type { Budget } from '../report/report';
import { html, type Markup } from './markup';

/** A table that may be wider than a phone: then it scrolls by itself, by keyboard too. */
export function rowsTable({ title, columns, rows: all }: Pick<Budget, 'title' | 'columns' | 'rows'>): Markup {
  const numeric = columns.map((_, i) => all.length > 0 && all.every((row) => isNumber(row[i])));
  const kind = (i: number) => (numeric[i] ? 'n' : 't');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${title}"><table>
<thead><tr>${columns.map((name, i) => html`<th scope="col" class="${kind(i)}">${name}</th>`)}</tr></thead>
<tbody>${all.map((row) => html`<tr>${row.map((cell, i) => html`<td class="${kind(i)}">${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || /^[+−-]?[\d.]+( %)?$/.test(String(cell ?? ''));
}
