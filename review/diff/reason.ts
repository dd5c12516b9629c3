import { withoutHash } from '../model/identity';
import { type ImageReference, parseReference } from '../model/images';
import type { Path } from '../model/path';
import { few } from '../report/finding';
import type { Change } from './walk';

/** The shortest true answer to why pods start anew: an image before a variable before anything else. */
export function reasonOf(changes: readonly Change[]): string {
  const images = changes.filter(({ path }) => path.at(-1) === 'image');
  if (images.length > 0)
    return `image ${unique(images.map(({ before, after }) => versions(before, after))).join(', ')}`;
  const words = unique(changes.map(wordOf));
  const variables = words.filter((word) => word.startsWith('env '));
  if (variables.length > 0) return `env ${few(variables.map((word) => word.slice(4)))}`;
  return few(words);
}

/** The field that the answer is about. */
export function causeOf(changes: readonly Change[]): Path | undefined {
  const of = (step: string) => changes.find(({ path }) => path.at(-1) === step || path.includes(step));
  return (of('image') ?? of('env') ?? changes[0])?.path;
}

/** `1.8.2 → 1.9.0`; the digest where the tag says the same, the repository where that is another. */
function versions(before: unknown, after: unknown): string {
  const [was, is] = [before, after].map((image) => parseReference(String(image ?? 'none'))) as [
    ImageReference,
    ImageReference,
  ];
  if (was.name !== is.name) return `${was.name} → ${is.name}`;
  if (was.tag && was.tag === is.tag) return `${is.tag} (another build)`;
  const version = ({ tag, digest = '' }: ImageReference) => tag ?? digest.replace(/^sha256:(.{8}).*$/, '$1');
  return `${version(was)} → ${version(is)}`;
}

/** What a field belongs to, in a word: `env LOG_LEVEL`, `resources`, `volume data`, `label app`. */
function wordOf({ path, before, after }: Change): string {
  const base = withoutHash(String(before));
  if (base !== undefined && base === withoutHash(String(after))) return `new content of ${base}`;
  const element = (list: string) => (path[path.indexOf(list) + 1] ?? '').replace(/^\[|]$/g, '');
  if (path.includes('env')) return `env ${element('env')}`;
  if (path.includes('volumes')) return `volume ${element('volumes')}`;
  for (const [list, word] of [
    ['labels', 'label'],
    ['annotations', 'annotation'],
  ] as const)
    if (path.includes(list)) return `${word} ${element(list)}`;
  return fieldOf(path);
}

function fieldOf(path: Path): string {
  const list = path.findLastIndex((step) => /^(initC|c|ephemeralC)ontainers$/.test(step));
  if (list >= 0) return path[list + 2] ?? `container ${(path[list + 1] ?? '').replace(/^\[|]$/g, '')}`;
  const spec = path.lastIndexOf('spec');
  return path[spec + 1] ?? path.at(-1) ?? '';
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
