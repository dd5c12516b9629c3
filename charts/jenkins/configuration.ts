import { dump } from 'js-yaml';

/** A value that Configuration as Code reads from a mounted file when Jenkins starts. */
export class FromFile {
  constructor(readonly path: string) {}
}

/** What a configuration is made of. */
export type Value =
  | string
  | number
  | boolean
  | FromFile
  | readonly Value[]
  | { readonly [key: string]: Value | undefined };

/**
 * The file that Configuration as Code reads. It replaces every `${…}` of every string, scripts included, so each of ours
 * is escaped here and nowhere else; only a `FromFile` is left for it to replace.
 */
export function configuration(tree: Value): string {
  return dump(resolvable(tree), { lineWidth: -1, noRefs: true });
}

function resolvable(value: Value): unknown {
  // A lone `$` means nothing to it, and a `^` before one would stay.
  if (typeof value === 'string') return value.replaceAll('${', '^${');
  if (value instanceof FromFile) return `\${readFile:${value.path}}`;
  if (Array.isArray(value)) return value.map(resolvable);
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, resolvable(each)]])),
    );
  return value;
}
