import { totalsOf } from '../cost/bill';
import { linesOf } from '../cost/lines';
import { asOf, region } from '../cost/prices';
import type { Facts } from '../rule';
import { html, type Markup } from './markup';

/** Every line of a month, the dearest first, beside what there is to spend. */
export function billTable(facts: Facts): Markup {
  const lines = linesOf(facts)
    .map((line) => line)
    .sort((a, b) => b.expected - a.expected);
  const { rest, expected, most } = totalsOf(lines);
  const { monthly } = facts.settings.cluster.budget;
  const dearest = Math.max(1, ...lines.map(({ most: each }) => each));
  const share = Math.round((100 * expected) / monthly);
  const part = (value: number) => `width:${Math.min(100, (100 * value) / dearest).toFixed(1)}%`;
  return html`<div class="bars"><div class="bar"><span>$${expected.toFixed(0)} a month expected</span><span class="${expected > monthly ? 'critical' : 'soft'}">${share} % of the budget of $${monthly}</span>
<div class="track" aria-hidden="true"><span class="fill-a" style="left:0;width:${Math.min(100, share).toFixed(0)}%"></span></div></div></div>
<p class="soft">From $${rest.toFixed(0)} at rest to $${most.toFixed(0)} with every node group at its most all month. ${region}, on demand, prices of ${asOf}.</p>
<table><thead><tr><th scope="col">What</th><th scope="col" class="n">At rest</th><th scope="col" class="n">Expected</th><th scope="col" class="n wide">At most</th></tr></thead>
<tbody>${lines.map(
    (
      line,
    ) => html`<tr><td>${line.name} <span class="soft">${line.quantity}</span><div class="cost" aria-hidden="true"><span class="fill-d" style="${part(line.most)}"></span><span class="fill-a" style="${part(line.expected)}"></span></div></td><td class="n">${line.rest.toFixed(2)}</td><td class="n">${line.expected.toFixed(2)}</td><td class="n wide">${line.most.toFixed(2)}</td></tr>
`,
  )}<tr class="all"><td>all</td><td class="n">${rest.toFixed(2)}</td><td class="n">${expected.toFixed(2)}</td><td class="n wide">${most.toFixed(2)}</td></tr></tbody></table>`;
}
