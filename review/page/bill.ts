import { systemFacts } from '../../charts/facts';
import { totalsOf } from '../cost/bill';
import { type Line, linesOf } from '../cost/lines';
import { partsOf } from '../cost/load';
import { asOf, region } from '../cost/prices';
import type { Facts } from '../rule';
import { type Both, html, type Markup } from './markup';

/** A month by line, the dearest first, beside what there is to spend; of two states only the lines that differ, with by how much. */
export function billTable({ before, after }: Both<Facts>): Markup | undefined {
  const [was, is] = [before && linesOf(before), linesOf(after)];
  const [old, { rest, expected, most }] = [was && totalsOf(was), totalsOf(is)];
  const names = [...new Set([...is, ...(was ?? [])].map(({ name }) => name))];
  const of = (lines: readonly Line[] | undefined, name: string) => lines?.find((line) => line.name === name);
  const lines = names
    .map((name) => ({ name, was: of(was, name), is: of(is, name) }))
    .filter(({ was: a, is: b }) => !was || cents(a) !== cents(b))
    .sort((a, b) => (b.is?.expected ?? 0) - (a.is?.expected ?? 0));
  if (lines.length === 0) return undefined;
  const { monthly } = systemFacts(after.settings).cluster.budget;
  const share = Math.round((100 * expected) / monthly);
  const amount = (line: { readonly expected: number } | undefined) => (line ? line.expected.toFixed(2) : '–');
  const columns = was ? ['Before', 'After', 'Difference'] : ['At rest', 'Expected', 'At most'];
  const row = (name: Markup | string, cells: readonly string[], all = false) =>
    html`<tr class="${all && 'all'}"><td>${name}</td>${cells.map((cell, i) => html`<td class="n ${i === 2 && !was && 'wide'}">${cell}</td>`)}</tr>
`;
  const cellsOf = (a: Line | undefined, b: Line | undefined) =>
    was
      ? [amount(a), amount(b), signed((b?.expected ?? 0) - (a?.expected ?? 0))]
      : [b?.rest ?? 0, b?.expected ?? 0, b?.most ?? 0].map((each) => each.toFixed(2));
  return html`<div class="bars"><div class="bar"><span>${old && `$${old.expected.toFixed(0)} → `}$${expected.toFixed(0)} a month expected</span><span class="${expected > monthly ? 'critical' : 'soft'}">${share} % of the budget of $${monthly}</span>
<div class="track" aria-hidden="true"><span class="fill-a" style="left:0;width:${Math.min(100, share).toFixed(0)}%"></span></div></div></div>
<p class="soft">From $${rest.toFixed(0)} at rest to $${most.toFixed(0)} with every node group at its most all month. ${region}, on demand, prices of ${asOf}.</p>
<table><thead><tr><th scope="col">What</th>${columns.map((name, i) => html`<th scope="col" class="n ${i === 2 && !was && 'wide'}">${name}</th>`)}</tr></thead>
<tbody>${lines.map(({ name, was: a, is: b }) => row(html`${name} <span class="soft">${a && b && a.quantity !== b.quantity ? `${a.quantity} → ${b.quantity}` : (b ?? a)?.quantity}</span>`, cellsOf(a, b)))}${row(
    'all',
    old
      ? [amount(old), amount({ expected }), signed(expected - old.expected)]
      : [rest, expected, most].map((each) => each.toFixed(2)),
    true,
  )}</tbody></table>`;
}

/** How many times its peak each part of an environment holds, the first that gives out first; of two states only when they differ. */
export function loadBars({ before, after }: Both<Facts>): Markup | undefined {
  const [was, parts] = [before && partsOf(before), partsOf(after)];
  if (was && JSON.stringify(was) === JSON.stringify(parts)) return undefined;
  const words = (holds: number | undefined) => (holds === undefined ? 'not measured' : holds.toFixed(0));
  return html`<div class="bars">${parts.map(({ name, holds, times = 0, from }) => {
    const old = was?.find((part) => part.name === name)?.holds;
    return html`<div class="bar"><span>${name}</span><span class="soft">${old !== undefined && old !== holds && `${words(old)} → `}${words(holds)}${holds !== undefined && ` requests a second, ${times.toFixed(1)} times the peak`}: ${from}</span>
<div class="track" aria-hidden="true"><span class="fill-a" style="left:0;width:${Math.min(100, (100 * times) / 6).toFixed(0)}%"></span></div></div>`;
  })}</div><p class="soft">A whole bar is six times the peak. The design plans for three to five. What a request takes is measured with a small app (docs/real-components.md).</p>`;
}

function cents(line: Line | undefined): string {
  return line ? `${line.expected.toFixed(2)} ${line.quantity}` : '';
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return text === '0.00' ? '0.00' : `${value < 0 ? '−' : '+'}${text}`;
}
