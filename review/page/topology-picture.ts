import { type Both, html, type Markup } from './markup';
import { type Layer, layers, type Place, type Topology } from './topology';

const [width, boxHeight, between, gap, edge] = [430, 52, 30, 12, 3];
const widest = 150;

const looks: Readonly<Record<Layer, string>> = {
  people: 'plain',
  edge: 'edge',
  door: 'plain',
  service: 'plain',
  work: 'work',
  pool: 'pool',
  data: 'data',
};

/** A place in one of the two states or in both. */
interface Drawn extends Place {
  readonly state: '' | 'new' | 'gone' | 'changed';
}

/**
 * From people down to the data, each environment once: what is new, gone or different is marked in the one picture, with
 * both values.
 *
 * @param changed objects that differ, as `production Rollout/web`; without them, every environment is drawn
 */
export function topologyPictures(
  { before, after }: Both<readonly Topology[]>,
  changed?: ReadonlySet<string>,
): Markup {
  const names = [...new Set([...after, ...(before ?? [])].map(({ environment }) => environment))];
  return html`${names.flatMap((environment) => {
    const [was, is] = [before, after].map((all) => all?.find((each) => each.environment === environment));
    const drawn = together(
      before ? (was ?? nowhere(environment)) : undefined,
      is ?? nowhere(environment),
      changed,
    );
    return before && drawn.places.every(({ state }) => state === '') && same(was, is)
      ? []
      : [html`<h3>${environment}</h3>${picture(drawn)}`];
  })}`;
}

function nowhere(environment: string): Topology {
  return { environment, places: [], ways: [] };
}

function same(a: Topology | undefined, b: Topology | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Together = Omit<Topology, 'places'> & { readonly places: readonly Drawn[] };

function together(
  before: Topology | undefined,
  after: Topology,
  changed: ReadonlySet<string> = new Set(),
): Together {
  const { environment } = after;
  const places = after.places.map((place): Drawn => {
    const old = before?.places.find(({ id }) => id === place.id);
    if (!before) return { ...place, state: '' };
    if (!old) return { ...place, state: 'new' };
    const differs = old.says !== place.says;
    const says = differs ? `${old.says} → ${place.says}` : place.says;
    return { ...place, says, state: differs || changed.has(`${environment} ${place.id}`) ? 'changed' : '' };
  });
  const gone = (before?.places ?? []).filter(({ id }) => !places.some((each) => each.id === id));
  const ways = new Map([...(before?.ways ?? []), ...after.ways].map((way) => [way.join(' '), way]));
  return {
    environment,
    places: [...places, ...gone.map((each) => ({ ...each, state: 'gone' as const }))],
    ways: [...ways.values()],
  };
}

/** Where a box is. */
interface Spot {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
}

function picture({ environment, places, ways }: Together): Markup {
  const rows = layers
    .map((layer) => places.filter((place) => place.layer === layer))
    .filter((row) => row.length > 0);
  const most = Math.max(...rows.map((row) => row.length));
  const room = width - 2 * edge;
  const column = (room - (most - 1) * gap) / most;
  const at = new Map<string, Spot>();
  for (const [i, row] of rows.entries()) {
    // A pool is below the work that it is in; the others have their row to themselves.
    const below = row.every((each) => each.layer === 'pool');
    const wide = below ? column : Math.min(widest, (room - (row.length - 1) * gap) / row.length);
    const start = (width - row.length * wide - (row.length - 1) * gap) / 2;
    for (const [n, place] of row.entries()) {
      const owner = below ? at.get(ways.find(([, to]) => to === place.id)?.[0] ?? '') : undefined;
      at.set(place.id, {
        x: owner ? owner.x + (owner.wide - wide) / 2 : start + n * (wide + gap),
        y: 6 + i * (boxHeight + between),
        wide,
      });
    }
  }
  const height = 12 + rows.length * (boxHeight + between) - between;
  return html`<figure class="map"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="What a request passes in ${environment}; as a list below">
${ways.map((way) => wayOf(way, ways, at))}
${places.map((place) => boxOf(place, at.get(place.id) ?? { x: 0, y: 0, wide: column }))}
</svg></figure>
<details><summary>${environment} as a list</summary><ul>${places.map(
    (place) =>
      html`<li>${place.kind} ${place.name}${place.says && ` (${place.says})`}${place.state && `, ${place.state === 'changed' ? 'different' : place.state}`}${leads(place, ways, places)}</li>`,
  )}</ul></details>`;
}

function leads({ id }: Place, ways: Topology['ways'], places: readonly Place[]): string {
  const to = ways.filter(([from]) => from === id).map(([, end]) => places.find((place) => place.id === end));
  return to.length > 0 ? `, leads to ${to.map((place) => `${place?.kind} ${place?.name}`).join(', ')}` : '';
}

const signs = { '': '', new: '+ ', gone: '− ', changed: '± ' } as const;

function boxOf({ layer, kind, name, says, state }: Drawn, { x, y, wide }: Spot): Markup {
  const middle = x + wide / 2;
  const lines = [
    ...[kind].map((text) => ({ text, size: 8.5, weight: 400 })),
    ...broken(`${signs[state]}${name}`, wide / 6.2, 1).map((text) => ({ text, size: 10.5, weight: 650 })),
    ...broken(says, wide / 4.7, 2).map((text) => ({ text, size: 8.5, weight: 400 })),
  ];
  const first = y + boxHeight / 2 - ((lines.length - 1) * 11) / 2 + 3.5;
  return html`<g class="box ${looks[layer]} ${state}"><title>${kind} ${name}${says && `, ${says}`}</title><rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${boxHeight}" rx="7"/>
${lines.map(({ text, size, weight }, i) => html`<text x="${middle.toFixed(1)}" y="${(first + i * 11).toFixed(1)}" text-anchor="middle" font-size="${size}" font-weight="${weight}"${text.length * size * 0.6 > wide && html` textLength="${(wide - 8).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`}>${text}</text>`)}</g>
`;
}

/** In lines of so many letters, after a dot, a space or a hyphen; what is longer is set closer. */
function broken(text: string, letters: number, most: number): string[] {
  if (text === '') return [];
  const lines = [''];
  for (const part of text.split(/(?<=[.\s,-])/)) {
    const last = lines.length - 1;
    if (lines[last] !== '' && `${lines[last]}${part}`.trim().length > letters && lines.length < most)
      lines.push(part);
    else lines[last] += part;
  }
  return lines.map((line) => line.trim()).filter(Boolean);
}

/** Down to the next; past the boxes of a row in between beside them. Ways that end at one box end beside each other. */
function wayOf(
  [from, to]: Topology['ways'][number],
  ways: Topology['ways'],
  at: ReadonlyMap<string, Spot>,
): Markup | undefined {
  const [start, end] = [at.get(from), at.get(to)];
  if (!start || !end) return undefined;
  const middle = (spot: Spot | undefined) => (spot ? spot.x + spot.wide / 2 : 0);
  const spread = (spot: Spot, others: readonly string[], own: string) => {
    const sorted = [...others].sort((a, b) => middle(at.get(a)) - middle(at.get(b)));
    const step = Math.min(14, (spot.wide - 24) / Math.max(1, sorted.length - 1));
    return middle(spot) + (sorted.indexOf(own) - (sorted.length - 1) / 2) * step;
  };
  const ends = ways.filter(([, each]) => each === to).map(([each]) => each);
  const starts = ways.filter(([each]) => each === from).map(([, each]) => each);
  const [x, endX] = [spread(start, starts, to), spread(end, ends, from)];
  const [y, top] = [start.y + boxHeight, end.y - 5];
  let path = `M${x.toFixed(1)} ${y}`;
  const curve = (fromX: number, fromY: number, toX: number, toY: number) => {
    const bend = (fromY + toY) / 2;
    path += `C${fromX.toFixed(1)} ${bend} ${toX.toFixed(1)} ${bend} ${toX.toFixed(1)} ${toY}`;
  };
  const passed = top - y > between ? [...at.values()].filter((spot) => spot.y > start.y && spot.y < end.y) : [];
  if (passed.length === 0) curve(x, y, endX, top);
  else {
    // Through the nearest gap of the row that is passed, or straight down where nothing is in the way.
    const [least, last] = [
      Math.min(...passed.map((spot) => spot.y)),
      Math.max(...passed.map((spot) => spot.y + boxHeight)),
    ];
    const gaps = [x, ...passed.flatMap((spot) => [spot.x - gap / 2, spot.x + spot.wide + gap / 2])];
    const free = gaps.filter((each) => passed.every((spot) => each < spot.x - 2 || each > spot.x + spot.wide + 2));
    const through = [...free].sort((a, b) => Math.abs(a - x) - Math.abs(b - x))[0] ?? x;
    curve(x, y, through, least);
    path += `V${last}`;
    curve(through, last, endX, top);
  }
  return html`<path class="way" d="${path}"/><path class="tip" d="M${(endX - 3.5).toFixed(1)} ${top}h7l-3.5 5z"/>`;
}
