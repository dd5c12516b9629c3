import { fieldLines } from '../diff/render/fields';
import { changeOf, isShown, measured, rangeOf, remarks, risks, shownName } from '../diff/render/words';
import type { DiffReport } from '../diff/report';
import { whereOf } from '../report/finding';
import { findingItem } from './findings';
import { html, type Markup } from './markup';
import { rowsTable } from './rows';

/** What merging puts at risk, the gravest first, and what was acknowledged. */
export function riskList(report: DiffReport): Markup {
  const [all, small] = [risks(report), remarks(report)];
  return html`${all.length === 0 ? html`<p class="good">Nothing that needs reading.</p>` : html`<ul class="risks">${all.map(findingItem)}</ul>`}
${small.length > 0 && html`<details><summary>${small.length} more to know</summary><ul>${small.map((each) => html`<li>${whereOf(each)}: ${each.says}</li>`)}</ul></details>`}
${report.acknowledged.length > 0 && html`<details><summary>${report.acknowledged.length} acknowledged</summary><ul>${report.acknowledged.map((each) => html`<li>until ${each.until}: ${whereOf(each)}: ${each.says} (${each.reason})</li>`)}</ul></details>`}
${report.notes.length > 0 && html`<ul>${report.notes.map((note) => html`<li class="warn">${note}</li>`)}</ul>`}`;
}

/** What it takes more or less of what is shared. */
export function deltaTables({ deltas }: DiffReport): Markup {
  if (deltas.length === 0)
    return html`<p class="soft">CPU, memory, connections, nodes and cost stay as they are.</p>`;
  return rowsTable({
    title: 'What it takes',
    columns: ['Where', 'What', 'Before', 'After', 'Change'],
    rows: deltas.map((delta) => {
      const { environment, unit, before, after } = delta;
      return [environment, measured(delta), rangeOf(before, unit), rangeOf(after, unit), changeOf(delta)];
    }),
  });
}

/** Every object, field by field, open where they are few; what is in several environments once. */
export function objectList({ objects }: DiffReport): Markup {
  const shown = objects.filter(isShown);
  if (shown.length === 0) return html`<p class="soft">No object differs.</p>`;
  return html`${shown.map((object) => {
    const lines = fieldLines(object);
    const status = object.name.endsWith('-*')
      ? 'new content'
      : { added: 'new', changed: '', removed: 'removed', renamed: 'renamed' }[object.status];
    const head = `${object.environments.join(', ')} · ${shownName(object)}${status && ` (${status})`}`;
    return html`<details${shown.length <= 12 && html` open`}><summary>${head}</summary>${lines.length > 0 && html`<pre class="scroll" tabindex="0" role="group" aria-label="Fields of ${head}"><code>${lines.map(({ sign, text }) => `${sign} ${text}\n`)}</code></pre>`}</details>
`;
  })}`;
}
