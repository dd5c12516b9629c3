import { connections, connectionsAt, type Database, databases } from '../connections/databases';
import type { Replicas } from '../model/scaling';
import type { Facts } from '../rule';
import { html, type Markup } from './markup';
import { rows } from './rows';

const moments: readonly (readonly [keyof Replicas, string])[] = [
  ['rest', 'At rest'],
  ['maximum', 'At HPA maximum'],
  ['release', 'Canary at HPA maximum'],
  ['abort', 'Canary aborted'],
];
/** The same in both states of a comparison; what connects from another namespace is Datadog. */
const shades: Readonly<Record<string, string>> = {
  Rollout: 'a',
  Deployment: 'b',
  StatefulSet: 'c',
  Job: 'e',
  CronJob: 'f',
};
const near = 0.8;

/** How many connections each consumer takes, of those that the database has for us. */
export function connectionBars(facts: Facts): Markup {
  const tables = connections(facts);
  return html`${databases(facts).map((database, i) => {
    const { site, usable } = database;
    const taking = database.consumers.filter(({ connections: each, replicas }) => each * replicas.abort > 0);
    return html`<h3>${site.environment.name}: ${usable} usable</h3>
<ul class="legend">${taking.map(({ name }) => html`<li><i class="fill-${shadeOf(database, name)}"></i>${name}</li>`)}</ul>
<div class="bars">${moments.map(([moment, words]) => bar(database, taking, moment, words))}</div>
<details><summary>${site.environment.name} in numbers</summary>${tables[i] && rows(tables[i])}</details>`;
  })}
<p class="soft">Marked are 80 %, which a release that goes well should leave, and the end.</p>`;
}

function bar(database: Database, taking: Database['consumers'], moment: keyof Replicas, words: string): Markup {
  const { usable } = database;
  const all = connectionsAt(database, moment);
  const whole = Math.max(usable, all) * 1.02;
  let left = 0;
  const percent = Math.round((100 * all) / usable);
  return html`<div class="bar"><span>${words}</span><span class="${all > usable ? 'critical' : 'soft'}">${all} of ${usable} (${percent} %)</span>
<div class="track" aria-hidden="true">${taking.map(({ name, connections: each, replicas }) => {
    const size = (100 * each * replicas[moment]) / whole;
    const start = left;
    left += size;
    return html`<span class="fill-${shadeOf(database, name)}" style="left:${start.toFixed(2)}%;width:${size.toFixed(2)}%" title="${name}: ${each * replicas[moment]}"></span>`;
  })}<em class="near" style="left:${((100 * near * usable) / whole).toFixed(2)}%"></em><em style="left:${((100 * usable) / whole).toFixed(2)}%"></em></div></div>
`;
}

function shadeOf({ site }: Database, name: string): string {
  const [namespace, kind = ''] = name.split('/');
  return (namespace === site.environment.name ? shades[kind] : undefined) ?? 'd';
}
