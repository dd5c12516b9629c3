import type { Node } from '../scheduling/cluster';
import type { Fit } from '../scheduling/judge';
import { html, type Markup } from './markup';

const [width, height, cpuWidth] = [156, 240, 22];
const shades: Readonly<Record<string, string>> = {
  production: 'a',
  staging: 'b',
  cluster: 'c',
  'add-ons': 'e',
  eks: 'd',
};
const least = 12;

/** The nodes of some moments, with all pods that are on them in one of the lives that the proof plays. */
export function packing(all: readonly Fit[], moments: readonly string[]): Markup {
  const fits = all.filter(({ moment }) => moments.includes(moment.name));
  const most = Math.max(...fits.flatMap(({ kinds }) => kinds.map(({ memory }) => memory)));
  const environments = [
    ...new Set(fits.flatMap(({ example }) => example.model.world.sets.map(({ environment }) => environment))),
  ];
  return html`<ul class="legend">${environments.map(
    (name) => html`<li><i class="fill-${shadeOf(name)}"></i>${name || 'other'}</li>`,
  )}</ul><p class="soft">The wide column is memory, the narrow one CPU; what is empty is free.</p>
${fits.map(
  (
    fit,
  ) => html`<h3>${fit.moment.name}</h3>${fit.fits ? '' : html`<p class="critical">Not every pod has a node.</p>`}
<div class="nodes">${numbered(fit.example.model.nodes).map(([node, number]) => nodeOf(node, number, fit, most))}</div>${waiting(fit)}`,
)}`;
}

/** At rest, and the fullest moment with all nodes there, or the first that does not fit: by their names. */
export function momentsShown(fits: readonly Fit[]): string[] {
  const used = ({ example }: Fit) =>
    example.model.nodes.reduce((sum, { memory, cpu, kind }) => sum + memory / kind.memory + cpu / kind.cpu, 0) /
    Math.max(1, example.model.nodes.length);
  const bad = fits.find((fit) => !fit.fits);
  const fullest = fits.filter(({ moment }) => moment.nodes === 'max').sort((a, b) => used(b) - used(a))[0];
  return [fits[0], bad ?? fullest].flatMap((fit) => fit?.moment.name ?? []);
}

function numbered(nodes: readonly Node[]): [Node, number][] {
  const sorted = [...nodes].sort((a, b) => a.index - b.index);
  return sorted.map((node, i) => [node, 1 + i - sorted.findIndex(({ index }) => index === node.index)]);
}

function nodeOf(node: Node, number: number, { example }: Fit, most: number): Markup {
  const { kind, zone, pods, cpu, memory } = node;
  const frame = Math.max(60, (height * kind.memory) / most);
  const sets = example.model.world.sets
    .map((set, i) => ({ set, count: node.counts[i] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count * b.set.memory - a.count * a.set.memory);
  const name = `${kind.group} ${number}`;
  const percent = (used: number, all: number) => `${Math.round((100 * used) / all)} %`;
  return html`<figure class="pods"><figcaption><b>${name}</b> <span class="soft">${zone}</span><br>
${pods} of ${kind.pods} pods, memory ${percent(memory, kind.memory)}, CPU ${percent(cpu, kind.cpu)}</figcaption>
<svg viewBox="0 0 ${width} ${frame}" role="img" aria-label="${name}: ${sets.map(({ set, count }) => `${count} × ${set.name}`).join(', ')}">
${column(sets, ({ memory: each }) => each, kind.memory, frame, 0, width - cpuWidth - 6, true)}
${column(sets, ({ cpu: each }) => each, kind.cpu, frame, width - cpuWidth, cpuWidth, false)}
</svg></figure>
`;
}

type Sets = readonly { readonly set: Fit['example']['model']['world']['sets'][number]; readonly count: number }[];

function column(
  sets: Sets,
  sizeOf: (set: Sets[number]['set']) => number,
  all: number,
  frame: number,
  x: number,
  wide: number,
  named: boolean,
): Markup {
  let bottom = frame;
  return html`<rect class="frame" x="${x}" y="0" width="${wide}" height="${frame}" rx="4"/>${sets.map(
    ({ set, count }) => {
      const size = (frame * count * sizeOf(set)) / all;
      bottom -= size;
      const short = set.name.split('/').at(-1) ?? set.name;
      const label = `${count > 1 ? `${count} × ` : ''}${short}`;
      const lines = Array.from({ length: count }, (_, i) => (size * i) / count);
      return html`${lines.map(
        (down, i) =>
          html`<rect class="pod fill-${shadeOf(set.environment)}" x="${x}" y="${fixed(bottom + down)}" width="${wide}" height="${fixed(size / count)}">${i === 0 && html`<title>${count} × ${set.name}: ${set.cpu}m, ${Math.ceil(set.memory)}Mi each</title>`}</rect>`,
      )}${named && size >= least && html`<text x="${x + 5}" y="${fixed(bottom + size / 2 + 3.5)}">${label.length > 22 ? `${label.slice(0, 21)}…` : label}</text>`}`;
    },
  )}`;
}

function waiting({ pending, waiting: may }: Fit): Markup | undefined {
  const list = (sets: Fit['pending']) => sets.map(({ name }) => name).join(', ');
  if (pending.length + may.length === 0) return undefined;
  return html`<p>${pending.length > 0 && html`<b class="critical">Without a node:</b> ${list(pending)} `}${may.length > 0 && html`<b>May wait:</b> ${list(may)}`}</p>`;
}

function shadeOf(environment: string): string {
  return shades[environment] ?? 'f';
}

function fixed(value: number): string {
  return value.toFixed(1);
}
