import { oncePer } from './collections';
import type { Manifest, Tree } from './tree';

/** An annotation next to the construct (`charts/constructs/allow.ts`) that lets one object break one rule. */
interface Allowance {
  readonly manifest: Manifest;
  readonly rule: string;
  /** The annotation's name: `check.`, the domain of its system, and the rule. */
  readonly key: string;
  /** Empty when it was not given. */
  readonly reason: string;
  /** The last day on which it holds; absent when it has no end. */
  readonly until?: string;
}

/** The rule that an annotation allows to be broken; undefined of any other annotation. */
export function allowedBy(annotation: string): string | undefined {
  return /^check\.[a-z0-9][a-z0-9.-]{0,250}\/(.+)$/.exec(annotation)?.[1];
}

/** Every allowance of a tree. */
export const allowancesOf = oncePer((tree: Tree): readonly Allowance[] =>
  tree.manifests.flatMap((manifest) =>
    Object.entries(manifest.object.metadata.annotations ?? {}).flatMap(([key, value]) => {
      const rule = allowedBy(key);
      return rule ? [{ manifest, rule, key, ...parse(String(value)) }] : [];
    }),
  ),
);

/** `until 2026-12-01: reason`, or a reason alone. */
function parse(text: string): { reason: string; until?: string } {
  const [, until, reason] = /^until (\d{4}-\d\d-\d\d):\s*(.*)$/s.exec(text) ?? [];
  return until === undefined ? { reason: text.trim() } : { reason: (reason ?? '').trim(), until };
}
