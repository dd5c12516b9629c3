import { dump } from 'js-yaml';
import { hidden } from '../../../charts/environments/secret-texts';
import { isMap } from '../../model/canonical';
import { excerpts, short } from '../../report/values';
import { versionFollowers } from '../promotion';
import type { ObjectReport } from '../report';

/** A line of an object's differences, as `diff` marks them. */
interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Longer values say no more to a reader. */
const longest = 160;
/** Lines of one value; a file has its own diff. */
const most = 40;

/** Field by field; fields that change from the same to the same are named together. */
export function fieldLines(object: ObjectReport): Line[] {
  const follows = versionFollowers(object);
  const changes = object.changes.filter(
    ({ path, before, after }) => path.endsWith('.image') || !follows(before, after),
  );
  const left = object.changes.length - changes.length;
  const groups = new Map<string, { paths: string[]; before: unknown; after: unknown }>();
  for (const { path, before, after } of changes) {
    const key = JSON.stringify([before, after]);
    const known = groups.get(key);
    if (known) known.paths.push(path);
    else groups.set(key, { paths: [path], before, after });
  }
  const more =
    left === 0
      ? []
      : [
          {
            sign: ' ' as const,
            text: `${left} more ${left === 1 ? 'field names' : 'fields name'} the version, and follow`,
          },
        ];
  return [...groups.values()]
    .flatMap(({ paths, before, after }) => [
      ...paths.map((text) => ({ sign: ' ' as const, text })),
      ...valueLines(before, after).map(({ sign, text }) => ({ sign, text: `  ${text}` })),
    ])
    .concat(more);
}

function valueLines(before: unknown, after: unknown): Line[] {
  if (before === hidden && after === hidden) return [{ sign: '+', text: `changed ${hidden}` }];
  const [was, is] = [linesOf(before), linesOf(after)];
  if (was.length <= 1 && is.length <= 1) {
    const [[old], [now]] = [was, is];
    const [from, to] = old !== undefined && now !== undefined ? excerpts(old, now) : [old, now];
    return [...signed('-', from === undefined ? [] : [from]), ...signed('+', to === undefined ? [] : [to])];
  }
  if (was.length === 0 || is.length === 0) return [...limited('-', was), ...limited('+', is)];
  // Lines that both have are left out: a file of a hundred lines with one changed is one line.
  const [all, now] = [new Set(was), new Set(is)];
  const left = new Set(was.filter((line) => !now.has(line)));
  const added = new Set(is.filter((line) => !all.has(line)));
  if (left.size === 0 && added.size === 0) return [{ sign: '+', text: '(the same lines in another order)' }];
  return [...limited('-', [...left]), ...limited('+', [...added])];
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
