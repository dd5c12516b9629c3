import type { CheckReport, Finding } from '../report/report';
import { levels } from '../rule';
import { html, type Markup } from './markup';
import { rows } from './rows';

/** What does not hold, the gravest first; what is known or allowed is closed. */
export function findingList({ findings, fixed, allowed, notes }: CheckReport): Markup {
  const grave = (each: Finding) => -levels.indexOf(each.level);
  const open = findings.filter(({ status }) => status !== 'known').sort((a, b) => grave(a) - grave(b));
  const known = findings.filter(({ status }) => status === 'known');
  return html`${open.length === 0 ? html`<p class="good">Nothing to mend.</p>` : html`<ul class="risks">${open.map(finding)}</ul>`}
${closed(
  `${known.length} known`,
  known.map((each) => `${each.rule}: ${placeOf(each)}`),
)}
${closed(
  `${fixed.length} fixed`,
  fixed.map((each) => `${each.rule}: ${placeOf(each)}`),
)}
${closed(
  `${allowed.length} allowed, each with its reason`,
  allowed.map((each) => `${each.rule}: ${placeOf(each)}: ${each.reason}`),
)}
${notes.length > 0 && html`<ul>${notes.map((note) => html`<li class="soft">${note}</li>`)}</ul>`}`;
}

function finding(each: Finding): Markup {
  return html`<li class="${each.level}"><span class="level">${each.level} · ${each.rule}</span>
<p><b>${placeOf(each)}</b>${each.path && html` <code>${each.path}</code>`}: ${each.message}</p>
<p class="soft">${each.title}</p><p>${each.fix}</p><p class="soft"><code>${each.file}:${each.line}</code></p></li>
`;
}

function placeOf({ environment, object, file }: Finding): string {
  return object ? `${environment} ${object.kind}/${object.name}` : file;
}

function closed(title: string, list: readonly string[]): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<details><summary>${title}</summary><ul>${list.map((each) => html`<li>${each}</li>`)}</ul></details>`;
}

/** How public benchmarks stand. */
export function benchmarkTable({ benchmarks }: CheckReport): Markup {
  return rows({
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
