import { dump } from 'js-yaml';
import { isMap } from '../../model/canonical';
import { hidden } from '../../model/secrets';
import type { ObjectReport } from '../report';

/** A line of an object's differences, as `diff` marks them. */
export interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Longer values say no more to a reader. */
const longest = 160;
/** Lines of one value; a file has its own diff. */
const most = 40;

/** Field by field; fields that change from the same to the same are named together. */
export function fieldLines({ changes }: ObjectReport): Line[] {
  const groups = new Map<string, { paths: string[]; before: unknown; after: unknown }>();
  for (const { path, before, after } of changes) {
    const key = JSON.stringify([before, after]);
    const known = groups.get(key);
    if (known) known.paths.push(path);
    else groups.set(key, { paths: [path], before, after });
  }
  return [...groups.values()].flatMap(({ paths, before, after }) => [
    ...paths.map((text) => ({ sign: ' ' as const, text })),
    ...valueLines(before, after).map(({ sign, text }) => ({ sign, text: `  ${text}` })),
  ]);
}

/** `1.8.2 → 1.9.0`, on one line; nothing for what is not a plain value. */
export function arrow(before: unknown, after: unknown): string {
  if ([before, after].every((value) => value === hidden)) return `changed ${hidden}`;
  const words = [before, after].map((value) => {
    if (value === undefined) return 'none';
    const text = isMap(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
    return text.length > longest || text.includes('\n') ? '…' : short(text);
  });
  return `${words[0]} → ${words[1]}`;
}

function valueLines(before: unknown, after: unknown): Line[] {
  if (before === hidden && after === hidden) return [{ sign: '+', text: `changed ${hidden}` }];
  const [was, is] = [linesOf(before), linesOf(after)];
  if (was.length <= 1 && is.length <= 1) {
    const [from, to] = excerpts(...([was[0], is[0]].map((text) => text && short(text)) as [string?, string?]));
    return [...signed('-', from), ...signed('+', to)];
  }
  // Lines that both have are left out: a file of a hundred lines with one changed is one line.
  const left = new Set(was.filter((line) => !is.includes(line)));
  const added = new Set(is.filter((line) => !was.includes(line)));
  if (left.size === 0 && added.size === 0) return [{ sign: '+', text: '(the same lines in another order)' }];
  return [...limited('-', [...left]), ...limited('+', [...added])];
}

/** What two long lines differ in, with a little of what is around it. */
function excerpts(before: string | undefined, after: string | undefined): [string[], string[]] {
  if (before === undefined || after === undefined || Math.max(before.length, after.length) <= 90)
    return [before === undefined ? [] : [before], after === undefined ? [] : [after]];
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  const from = Math.max(0, start - 30);
  const cutOff = (text: string) => (from > 0 ? `…${text.slice(from)}` : text);
  return [[cutOff(before)], [cutOff(after)]];
}

function linesOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return value === '' ? ["''"] : value.replace(/\n$/, '').split('\n');
  if (isMap(value) || Array.isArray(value))
    return dump(value, { lineWidth: -1, noRefs: true }).trimEnd().split('\n');
  return [String(value)];
}

function limited(sign: '-' | '+', lines: readonly string[]): Line[] {
  const more = lines.length - most;
  return [
    ...signed(sign, lines.slice(0, most)),
    ...(more > 0 ? [{ sign, text: `… and ${more} more lines` }] : []),
  ];
}

function signed(sign: '-' | '+', lines: readonly string[]): Line[] {
  return lines.map((text) => ({ sign, text: cut(short(text)) }));
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Nobody compares 64 digits by eye. */
function short(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}
