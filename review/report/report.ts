import type { Level } from '../rule';

export const apiVersion = 'e-ren.washu.edu/v1';

/** One place where a rule does not hold, as it is reported. */
export interface Finding {
  readonly rule: string;
  readonly level: Level;
  /** The folder under `dist/`, or `argocd`. */
  readonly environment: string;
  readonly chart: string;
  readonly file: string;
  /** The line of the field, counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Absent for a file that holds none. */
  readonly object?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  };
  /** `spec.template.spec.containers[web].image`; empty for the object as a whole. */
  readonly path: string;
  readonly message: string;
  /** The rule's, in one sentence. */
  readonly title: string;
  readonly fix: string;
  /** The rule's page. */
  readonly docs: string;
  /** Whether it was there at the merge-base; only with `--only-new`. */
  readonly status?: 'new' | 'known';
}

/** A finding that an allowance next to the construct covers. */
export interface Allowed extends Finding {
  readonly reason: string;
  readonly until?: string;
}

/** How much of a benchmark these rules cover, and how it stands. */
export interface Benchmark {
  readonly name: string;
  /** Checks that manifests can decide. */
  readonly checkable: number;
  readonly covered: number;
  /** Covered, and without a finding that is not allowed. */
  readonly passing: number;
  /** Checks that only a cluster or an account can answer. */
  readonly elsewhere: number;
  /** Checkable and not covered. */
  readonly missing: readonly string[];
}

/** A table that shows what is there and who takes it; a rule says the same when it does not fit. */
export interface Budget {
  /** What is shared, and of whom: `Database connections of production`. */
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells each as there are columns; numbers are aligned to the right. */
  readonly rows: readonly (readonly (string | number)[])[];
  readonly verdict: { readonly fits: boolean /** One sentence, with the numbers. */; readonly says: string };
}

/** What `check` found: schema in `docs/check.schema.json`. */
export interface CheckReport {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'CheckReport';
  /** By whose schema the built-in kinds are judged. */
  readonly kubernetes: string;
  /** What `new` and `fixed` are relative to; only with `--only-new`. */
  readonly base?: { readonly ref: string; readonly commit: string };
  readonly failOn: Level | 'none';
  readonly passed: boolean;
  readonly objects: number;
  readonly rules: number;
  readonly counts: Readonly<Record<Level | 'new' | 'known' | 'fixed' | 'allowed', number>>;
  readonly findings: readonly Finding[];
  /** Was there at the merge-base and is no more. */
  readonly fixed: readonly Finding[];
  readonly allowed: readonly Allowed[];
  readonly budgets: readonly Budget[];
  readonly benchmarks: readonly Benchmark[];
  /** What no rule could judge, and who can. */
  readonly notes: readonly string[];
}

/** What is the same offence before and after a change: neither its line nor its words. */
export function fingerprintOf({ rule, environment, object, file, path }: Finding): string {
  const { kind, namespace, name } = object ?? {};
  return [rule, environment, kind ?? file, namespace, name, path].join('|');
}
