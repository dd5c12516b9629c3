import { connections, connectionsAt, type Database, databases } from '../connections/databases';
import type { Replicas } from '../model/scaling';
import type { Facts } from '../rule';
import { type Both, html, type Markup } from './markup';
import { rowsTable } from './rows';

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

/** How many connections each consumer takes, of those that the database has for us, before and after on one scale. */
export function connectionBars({ before, after }: Both<Facts>): Markup | undefined {
  const tables = connections(after);
  const old = before && databases(before);
  const shown = databases(after).flatMap((database, i) => {
    const was = old?.find(({ server }) => server === database.server);
    if (was && signature(was) === signature(database)) return [];
    return [{ database, was, states: [...(was ? [was] : []), database], table: tables[i] }];
  });
  // One scale for all databases: bars that stand below each other are compared with the eye.
  const most = shown
    .flatMap(({ states }) => states)
    .flatMap((each) => [each.usable, ...moments.map(([moment]) => connectionsAt(each, moment))]);
  const whole = 1.02 * Math.max(0, ...most);
  const drawn = shown.map(({ database, was, states, table }) => {
    const { of, usable } = database;
    const names = [...new Set(states.flatMap((each) => taking(each).map(({ name }) => name)))];
    return html`<h3>${of.environment}: ${was && was.usable !== usable && `${was.usable} → `}${usable} usable</h3>
<ul class="legend">${names.map((name) => html`<li><i class="fill-${shadeOf(database, name)}"></i>${name}</li>`)}</ul>
<div class="bars">${moments.map(([moment, words]) => bar(states, moment, words, whole))}</div>
<details><summary>${of.environment} in numbers</summary>${table && rowsTable(table)}</details>`;
  });
  if (drawn.length === 0) return undefined;
  return html`${drawn}<p class="soft">${before && 'The upper bar is before, the lower one after. '}Marked are 80 %, which a release that goes well should leave, and the end.</p>`;
}

function signature(database: Database): string {
  return JSON.stringify([
    database.usable,
    taking(database).map(({ name, connections: each, replicas }) => [name, each, replicas]),
  ]);
}

function taking({ consumers }: Database): Database['consumers'] {
  return consumers.filter(({ connections: each, replicas }) => each * replicas.abort > 0);
}

function bar(states: readonly Database[], moment: keyof Replicas, words: string, whole: number): Markup {
  const said = states.map((each) => `${connectionsAt(each, moment)}`).join(' → ');
  const last = states.at(-1) as Database;
  const all = connectionsAt(last, moment);
  return html`<div class="bar"><span>${words}</span><span class="${all > last.usable ? 'critical' : 'soft'}">${said} of ${last.usable} (${Math.round((100 * all) / last.usable)} %)</span>
${states.map((database) => track(database, moment, whole))}</div>
`;
}

function track(database: Database, moment: keyof Replicas, whole: number): Markup {
  const { usable } = database;
  let left = 0;
  return html`<div class="track" aria-hidden="true">${taking(database).map(
    ({ name, connections: each, replicas }) => {
      const size = (100 * each * replicas[moment]) / whole;
      const start = left;
      left += size;
      return html`<span class="fill-${shadeOf(database, name)}" style="left:${start.toFixed(2)}%;width:${size.toFixed(2)}%" title="${name}: ${each * replicas[moment]}"></span>`;
    },
  )}<em class="near" style="left:${((100 * near * usable) / whole).toFixed(2)}%"></em><em style="left:${((100 * usable) / whole).toFixed(2)}%"></em></div>
`;
}

function shadeOf({ of }: Database, name: string): string {
  const [namespace, kind = ''] = name.split('/');
  return (namespace === of.environment ? shades[kind] : undefined) ?? 'd';
}
