import program from '../../charts/program.json';
import type { Level } from '../rule';
import type { Finding } from './finding';

export const apiVersion = `${program.reports}/v2`;

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
export function fingerprintOf({ rule, object, path, instances: [instance] }: Finding): string {
  const { kind = instance?.source.file, name } = object ?? {};
  return [rule, instance?.environment, kind, instance?.namespace, name, path].join('|');
}
