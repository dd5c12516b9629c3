import { cosmetics, unasked } from '../diff/render/words';
import type { DiffReport } from '../diff/report';
import type { Facts } from '../rule';
import { type Both, html } from './markup';
import { pictures } from './pictures';
import { deltaTables, objectList, riskList } from './risks';
import { shell } from './shell';

/** What merging does, as one file that needs nothing else: the same input gives the same bytes. */
export function diffPage(report: DiffReport, facts: Both<Facts>): string {
  const { base, head, verdict, objects, deltas, files } = report;
  const address = (link: string | undefined) =>
    link === undefined || /^https:/.test(link) ? link : files && `${files}/${link}`;
  const lines = verdict.lines.map(({ level, says, link }) => {
    const to = address(link);
    return html`<li class="${level}">${says}${to && html` <a href="${to}">${to === link ? 'commits' : 'why'}</a>`}</li>`;
  });
  const changed = new Set(
    objects.flatMap(({ environments, kind, name, changes, status }) =>
      changes.length > 0 || status !== 'changed' ? environments.map((each) => `${each} ${kind}/${name}`) : [],
    ),
  );
  return shell({
    title: verdict.headline,
    level: verdict.level,
    head: html`${lines.length > 0 && html`<ul class="told">${lines}${verdict.more > 0 && html`<li>and ${verdict.more} more</li>`}</ul>`}
<p class="soft"><code>${base.commit.slice(0, 7)}</code> (merge-base with ${base.ref}) to <code>${head.commit.slice(0, 7)}</code>${head.dirty && ' and what is not committed'}. ${unasked(report)}</p>`,
    sections: [
      // A promotion has nothing that needs reading beside the headline.
      ...(verdict.promotion ? [] : [{ id: 'risks', title: 'Findings', body: riskList(report) }]),
      { id: 'objects', title: 'What differs', body: objectList(report) },
      ...(deltas.length > 0 ? [{ id: 'takes', title: 'What it takes', body: deltaTables(report) }] : []),
      ...pictures(facts, changed),
    ],
    foot: [cosmetics(report), 'Times and money are estimates.'].filter(Boolean).join(' · '),
  });
}
