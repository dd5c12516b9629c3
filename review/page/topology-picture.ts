import { html, type Markup } from './markup';
import { type Both, pair } from './pair';
import { type Layer, layers, type Place, type Topology } from './topology';

const width = 408;
const [boxWidth, boxHeight, gap, between] = [116, 46, 14, 34];
const inRow = 3;

const looks: Readonly<Record<Layer, string>> = {
  edge: 'edge',
  door: 'plain',
  service: 'plain',
  work: 'work',
  pool: 'pool',
  data: 'data',
};

/** From the load balancer down to the data; what is new, gone or different has a thicker border and a sign. */
export function topologyPictures({ before = [], after }: Both<readonly Topology[]>, comparing: boolean): Markup {
  const names = [...new Set([...after, ...before].map(({ environment }) => environment))];
  return html`${names.map((name) => {
    const [old, now] = [before, after].map((all) => all.find(({ environment }) => environment === name));
    return html`<h3>${name}</h3>${pair(
      old && picture(old, now, 'gone', `${name}, before`),
      now ? picture(now, comparing ? old : undefined, 'new', name) : html`<p class="soft">Not there.</p>`,
      comparing && !same(old, now),
    )}`;
  })}`;
}

function same(a: Topology | undefined, b: Topology | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @param only what a place is that the other state has not */
function picture(topology: Topology, other: Topology | undefined, only: 'new' | 'gone', title: string): Markup {
  const lines = layers.flatMap((layer) => chunks(topology.places.filter((place) => place.layer === layer)));
  const at = new Map<string, Spot>();
  const rows: number[][] = [];
  for (const [row, line] of lines.entries()) {
    const start = (width - line.length * boxWidth - (line.length - 1) * gap) / 2;
    rows.push(Array.from({ length: line.length + 1 }, (_, i) => start - gap / 2 + i * (boxWidth + gap)));
    for (const [i, { id }] of line.entries())
      at.set(id, { x: start + i * (boxWidth + gap), y: 6 + row * (boxHeight + between), row, rows });
  }
  const height = 12 + lines.length * (boxHeight + between) - between;
  const state = (place: Place) => {
    if (!other) return '';
    const there = other.places.find(({ id }) => id === place.id);
    if (!there) return only;
    return there.says === place.says ? '' : 'changed';
  };
  return html`<figure class="map"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="What a request passes in ${title}; as a list below">
${topology.ways.map(([from, to], i) => wayOf(at.get(from), at.get(to), i))}
${topology.places.map((place) => boxOf(place, at.get(place.id) ?? { x: 0, y: 0 }, state(place)))}
</svg></figure>
<details><summary>${title} as a list</summary><ul>${topology.places.map(
    (place) =>
      html`<li>${place.kind} ${place.name}${place.says && ` (${place.says})`}${wordOf(state(place))}${leads(topology, place)}</li>`,
  )}</ul></details>`;
}

const signs: Readonly<Record<string, string>> = { new: '+ ', gone: '− ', changed: '± ' };

function wordOf(state: string): string {
  return state && `, ${state === 'changed' ? 'different' : state}`;
}

function leads({ ways, places }: Topology, { id }: Place): string {
  const to = ways.filter(([from]) => from === id).map(([, end]) => places.find((place) => place.id === end));
  return to.length > 0 ? `, leads to ${to.map((place) => `${place?.kind} ${place?.name}`).join(', ')}` : '';
}

function boxOf({ layer, kind, name, says }: Place, { x, y }: { x: number; y: number }, state: string): Markup {
  const middle = x + boxWidth / 2;
  return html`<g class="box ${looks[layer]} ${state}"><title>${kind} ${name}${says && `, ${says}`}</title><rect x="${x}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="7"/>
<text x="${middle}" y="${y + 13}" text-anchor="middle" font-size="9">${kind}</text>
<text x="${middle}" y="${y + 26}" text-anchor="middle" font-size="11" font-weight="650">${cut(`${signs[state] ?? ''}${name}`, 17)}</text>
<text x="${middle}" y="${y + 39}" text-anchor="middle" font-size="9">${cut(says, 22)}</text></g>
`;
}

/** Down to the next; past the boxes of rows in between through a gap, each a little beside the others. */
function wayOf(from: Spot | undefined, to: Spot | undefined, i: number): Markup | undefined {
  if (!from || !to) return undefined;
  const [end, top] = [to.x + boxWidth / 2, to.y - 5];
  let [x, y] = [from.x + boxWidth / 2, from.y + boxHeight];
  let path = `M${x} ${y}`;
  const curve = (toX: number, toY: number) => {
    const bend = (y + toY) / 2;
    path += `C${x} ${bend} ${toX} ${bend} ${toX} ${toY}`;
    [x, y] = [toX, toY];
  };
  for (const gaps of to.rows.slice(from.row + 1, to.row)) {
    const wanted = x + (end - x) / 2;
    const [nearest = x] = [...gaps].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
    curve(nearest + ((i % 5) - 2) * 2, y + between);
    path += `V${y + boxHeight}`;
    y += boxHeight;
  }
  curve(end, top);
  return html`<path class="way" d="${path}"/><path class="tip" d="M${end - 3.5} ${top}h7l-3.5 5z"/>`;
}

/** Where a box is, and the gaps between the boxes of every row. */
interface Spot {
  readonly x: number;
  readonly y: number;
  readonly row: number;
  readonly rows: readonly (readonly number[])[];
}

function chunks(places: readonly Place[]): Place[][] {
  const count = Math.ceil(places.length / inRow);
  const size = Math.ceil(places.length / count);
  return Array.from({ length: count }, (_, i) => places.slice(i * size, (i + 1) * size));
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
