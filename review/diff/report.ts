import type { Level } from '../rule';
import type { Class } from './finding';
import type { ObjectChange } from './objects';
import type { Cosmetic } from './walk';

export const apiVersion = 'e-ren.washu.edu/v1';

/** What merging does, as it is reported: schema in `docs/diff.schema.json`. */
export interface DiffReport {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'DiffReport';
  readonly base: { readonly ref: string; readonly commit: string };
  /** `dirty`: with what is not committed. */
  readonly head: { readonly commit: string; readonly dirty: boolean };
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

export interface Summary {
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

export interface Finding {
  /** Without the environment: what findings of several have in common. */
  readonly id: string;
  readonly class: Class;
  readonly level: Level;
  /** The words of the class for a reader. */
  readonly title: string;
  readonly environments: readonly string[];
  readonly object: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  /** `spec.template.spec.containers[web].image`; empty for the object as a whole. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly says: string;
  readonly why: string;
  readonly fix: string;
  readonly instances: readonly Instance[];
}

/** The finding in one environment. */
export interface Instance {
  /** What `.changes/ack.yaml` names. */
  readonly id: string;
  readonly environment: string;
  readonly namespace?: string;
  readonly source: Source;
}

/** Where it comes from: the manifest, and the chart that makes it. */
export interface Source {
  readonly file: string;
  /** The line of the field; absent for what is removed. */
  readonly line?: number;
  readonly chart: string;
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
