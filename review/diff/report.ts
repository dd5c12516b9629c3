import type { Class, Finding, Source } from '../report/finding';
import type { apiVersion } from '../report/report';
import type { Level } from '../rule';
import type { ObjectChange } from './objects';
import type { Cosmetic } from './walk';

/** What merging does, as it is reported: schema in `docs/diff.schema.json`. */
export interface DiffReport {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'DiffReport';
  readonly base: { readonly ref: string; readonly commit: string };
  /** Where a reader sees a file: the address of its folder, at the head. */
  readonly files?: string;
  /** `dirty`: with what is not committed. */
  readonly head: { readonly commit: string; readonly dirty: boolean };
  /** Whether the charts were asked if they make these very files. */
  readonly remade: boolean;
  readonly verdict: Verdict;
  readonly summary: Summary;
  /** The gravest first; what is the same in several environments is one. */
  readonly findings: readonly Finding[];
  /** Acknowledged in `.changes/ack.yaml`: they fail no gate. */
  readonly acknowledged: readonly (Finding & { readonly reason: string; readonly until?: string })[];
  readonly deltas: readonly Delta[];
  readonly objects: readonly ObjectReport[];
  /** What could not be compared, and acknowledgements that are over or that nothing needs. */
  readonly notes: readonly string[];
}

/** What it all comes to: every form of the report prints this and nothing that says otherwise. */
export interface Verdict {
  /** The level of the worst finding, `none` without any. */
  readonly level: Level | 'none';
  /** A sentence to act on: what happens to whom, for how long, what is lost, and what it costs. */
  readonly headline: string;
  /** What the headline does not say, the worst first. */
  readonly lines: readonly { readonly level: Level; readonly says: string; readonly link?: string }[];
  /** All that differs is an image and what follows from it, and nothing more needs reading. */
  readonly promotion: boolean;
  /** How many findings need reading and are not among the lines. */
  readonly more: number;
}

interface Summary {
  /** `none` when nothing but cosmetic differs. */
  readonly worst: Level | 'none';
  readonly levels: Readonly<Record<Level, number>>;
  /** Classes with a finding that is not acknowledged, and how many. */
  readonly classes: Readonly<Partial<Record<Class, number>>>;
  /** How many objects, each environment's counted by itself. */
  readonly objects: Readonly<Record<ObjectChange['status'], number>>;
  readonly environments: readonly string[];
  /** Differences that change nothing, by why. */
  readonly cosmetic: Readonly<Partial<Record<Cosmetic, number>>>;
}

/** How much of something an environment needs, at rest and at most. */
export interface Delta {
  readonly environment: string;
  readonly what: string;
  readonly unit: string;
  readonly before?: Range;
  readonly after?: Range;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  /** What is most likely, where that is another number. */
  readonly expected?: number;
  /** All there is, where that is known. */
  readonly of?: number;
}

/** One object, field by field, in every environment where the same changes. */
export interface ObjectReport {
  readonly status: ObjectChange['status'];
  readonly level: Level | 'none';
  readonly classes: readonly Class[];
  readonly environments: readonly string[];
  readonly kind: string;
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly sources: readonly Source[];
  readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
  readonly cosmetic: number;
}
