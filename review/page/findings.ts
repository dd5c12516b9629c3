import { type Finding, fieldOf, headingOf, placeIn, whereOf } from '../report/finding';
import type { CheckReport } from '../report/report';
import { valuesOf } from '../report/values';
import { levels } from '../rule';
import { html, type Markup } from './markup';
import { rowsTable } from './rows';

/** What does not hold, the gravest first; what is known or allowed is closed. */
export function findingList({ findings, fixed, allowed, notes }: CheckReport): Markup {
  const grave = (each: Finding) => -levels.indexOf(each.level);
  const open = findings.filter(({ status }) => status !== 'known').sort((a, b) => grave(a) - grave(b));
  const known = findings.filter(({ status }) => status === 'known');
  return html`${open.length === 0 ? html`<p class="good">Nothing to mend.</p>` : html`<ul class="risks">${open.map(findingItem)}</ul>`}
${closed(
  `${known.length} known`,
  known.map((each) => `${each.rule}: ${whereOf(each)}`),
)}
${closed(
  `${fixed.length} fixed`,
  fixed.map((each) => `${each.rule}: ${whereOf(each)}`),
)}
${closed(
  `${allowed.length} allowed, each with its reason`,
  allowed.map((each) => `${each.rule}: ${whereOf(each)}: ${each.reason}`),
)}
${notes.length > 0 && html`<ul>${notes.map((note) => html`<li class="soft">${note}</li>`)}</ul>`}`;
}

/** One finding, open. */
export function findingItem(each: Finding): Markup {
  const { level, says, why, fix, instances } = each;
  const [value, field] = [valuesOf(each), fieldOf(each)];
  const places = instances.map(({ source }) => html`<code>${placeIn(source)}</code> `);
  return html`<li class="${level}"><span class="level">${level} · ${headingOf(each)}</span>
<p><b>${whereOf(each)}</b>${field && html` <code>${field}</code>`}: ${says}${value && html` (<code>${value}</code>)`}</p>
<p>${fix} <span class="soft">${places}</span></p><details><summary>Why</summary><p class="soft">${why}</p></details></li>
`;
}

function closed(title: string, list: readonly string[]): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<details><summary>${title}</summary><ul>${list.map((each) => html`<li>${each}</li>`)}</ul></details>`;
}

/** How public benchmarks stand. */
export function benchmarkTable({ benchmarks }: CheckReport): Markup {
  return rowsTable({
    title: 'Benchmarks',
    columns: ['Benchmark', 'Pass', 'Covered', 'From manifests', 'Need the cluster'],
    rows: benchmarks.map(({ name, passing, covered, checkable, elsewhere }) => [
      name,
      passing,
      covered,
      checkable,
      elsewhere,
    ]),
  });
}
