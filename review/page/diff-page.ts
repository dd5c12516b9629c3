import { cosmetics } from '../diff/render/words';
import type { DiffReport } from '../diff/report';
import type { Facts } from '../rule';
import { levels } from '../rule';
import { html } from './markup';
import type { Both } from './pair';
import { pictures } from './pictures';
import { deltaTables, objectList, riskList } from './risks';
import { shell } from './shell';

/** What merging does, as one file that needs nothing else: the same input gives the same bytes. */
export function diffPage(report: DiffReport, facts: Both<Facts>): string {
  const { base, head, summary } = report;
  const compared = html`<p class="soft"><code>${base.commit.slice(0, 7)}</code> (merge-base with ${base.ref}) to <code>${head.commit.slice(0, 7)}</code>${head.dirty && ' and what is not committed'}. No cluster was asked.</p>
<ul class="chips">${[...levels].reverse().map((level) => html`<li class="${level}"><b>${summary.levels[level]}</b> ${level}</li>`)}</ul>`;
  return shell({
    title: report.verdict.headline,
    verdict: report.verdict.level === 'none' ? '' : `worst: ${report.verdict.level}`,
    head: compared,
    sections: [
      { id: 'risks', title: 'Risks', body: riskList(report) },
      { id: 'takes', title: 'What it takes', body: deltaTables(report) },
      ...pictures(facts),
      { id: 'objects', title: 'Every object that differs', body: objectList(report) },
    ],
    foot: [cosmetics(report), 'Times and money are estimates.'].filter(Boolean).join(' · '),
  });
}
