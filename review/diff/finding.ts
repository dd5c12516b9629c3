import type { Path } from '../model/path';
import type { Manifest } from '../model/tree';
import type { Class, Restart } from '../report/finding';
import type { Level } from '../rule';
import type { Schemas } from '../schema/tables';
import type { ObjectChange } from './objects';
import type { Side } from './sides';

/** What several containers share is one change: told at the first, with the others' fields. */
export function shared(drafts: Iterable<readonly [key: string, draft: Draft]>): Map<string, Draft> {
  const seen = new Map<string, Draft>();
  for (const [key, draft] of drafts) {
    const known = seen.get(key);
    seen.set(key, known ? { ...known, covers: [...(known.covers ?? []), draft.path] } : draft);
  }
  return seen;
}

/** What a class says of one object in one environment. */
export interface Draft {
  /** Absent: the class that is asked. */
  readonly class?: Class;
  readonly level: Level;
  /** Empty for the object as a whole. */
  readonly path: Path;
  /** Absent: what changes at the path. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** What happens when this is merged, in a sentence without the object's name. */
  readonly says: string;
  /** Why that matters. */
  readonly why: string;
  /** What to do, or how to make sure. */
  readonly fix: string;
  /** Fields that this finding speaks of, besides `path`: they need no other one. */
  readonly covers?: readonly Path[];
  /** The field that brings it about, when that is another. */
  readonly cause?: Path;
  readonly restarts?: Restart;
  /** The files of those who still use what goes. */
  readonly users?: readonly string[];
  /** All of which goes. */
  readonly folder?: string;
}

export type Classed = Draft & { readonly class: Class };

/** Both sides, and what else changed. */
export interface Context {
  readonly before: Side;
  readonly after: Side;
  readonly objects: readonly ObjectChange[];
  /** The minor version of the cluster that the manifests are for: `1.35`. */
  readonly kubernetes: string;
  readonly schemas: Schemas;
}

/** One class of risk: what it finds in a changed object. */
export type Classify = (change: ObjectChange, context: Context) => Iterable<Draft>;

/** The new state of an object, or the old one of what is removed. */
export function subjectOf({ before, after }: ObjectChange): Manifest {
  return (after ?? before) as Manifest;
}
