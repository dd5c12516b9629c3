import type { Named } from '../model/kinds';

/** What verify can be asked of a cluster; all of it when nothing is chosen. */
export const questions = ['accepted', 'drift', 'healthy', 'fits'] as const;
export type Question = (typeof questions)[number];

/** A mismatch fails; what was not answered is never taken for an answer; a note changes nothing. */
export type VerifyLevel = 'mismatch' | 'unanswered' | 'note';

/** Which object something is said of. */
interface Subject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** One thing that verify has to say. */
export interface VerifyFinding {
  readonly question: Question;
  readonly level: VerifyLevel;
  /** One word for what it is: `rejected`, `changed`, `missing`, `restarting`. */
  readonly what: string;
  readonly object?: Subject;
  /** From the repository's root; absent for what is in no file. */
  readonly file?: string;
  /** Counted from 1, where the field stands in the file. */
  readonly line?: number;
  /** `spec.template.spec.containers[web].image`; absent for the object as a whole. */
  readonly path?: string;
  readonly message: string;
  /** What to do. */
  readonly fix?: string;
}

/** What verify found: schema in `docs/verify.schema.json`. */
export interface VerifyReport {
  readonly apiVersion: string;
  readonly kind: 'VerifyReport';
  readonly environment: string;
  readonly context: string;
  readonly server: string;
  /** The version of the API server, as it names itself. */
  readonly kubernetes: string;
  readonly asked: readonly Question[];
  /** Every question was answered, and nothing is a mismatch. */
  readonly passed: boolean;
  readonly objects: number;
  readonly counts: Readonly<Record<VerifyLevel, number>>;
  readonly findings: readonly VerifyFinding[];
  /** What cannot be seen through the Kubernetes API, and where it can. */
  readonly notAsked: readonly string[];
}

export function namedSubject({ kind, metadata: { namespace, name } }: Named): Subject {
  return { kind, ...(namespace && { namespace }), name };
}

/**
 * What is wrong with one object, a mismatch unless something else is given.
 *
 * @param same what all findings about it have in common
 * @returns makes a finding of a word for it, a sentence, and what differs from the others
 */
export function about(question: Question, object: Named, same: Partial<VerifyFinding> = {}) {
  return (what: string, message: string, own: Partial<VerifyFinding> = {}): VerifyFinding => ({
    question,
    level: 'mismatch',
    object: namedSubject(object),
    what,
    message,
    ...same,
    ...own,
  });
}

/** `Service production/web` */
export function nameInFull({ kind, namespace, name }: Subject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}
