import { connections } from './connections/databases';
import { redisClients } from './connections/redis';
import { cost } from './cost/bill';
import type { Subject } from './rule';
import { scheduling } from './scheduling/budget';

/** What a table is made of. */
export type Facts = Pick<Subject, 'tree' | 'settings'>;

/** A table that shows what is there and who takes it; a rule says the same when it does not fit. */
export interface Budget {
  /** What is shared, and of whom: `Database connections of production`. */
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells each as there are columns; numbers are aligned to the right. */
  readonly rows: readonly (readonly (string | number)[])[];
  readonly verdict: { readonly fits: boolean /** One sentence, with the numbers. */; readonly says: string };
}

/** What `check` prints below its findings, in this order. */
export const budgets: readonly ((facts: Facts) => readonly Budget[])[] = [
  connections,
  redisClients,
  scheduling,
  (facts) => cost(facts).slice(0, 1),
];
