import { connections } from './connections/databases';
import { redisClients } from './connections/redis';
import { cost } from './cost/bill';
import type { Budget } from './report/report';
import type { Facts } from './rule';
import { scheduling } from './scheduling/budget';

/** What `check` prints below its findings, in this order. */
export const budgets: readonly ((facts: Facts) => readonly Budget[])[] = [
  connections,
  redisClients,
  scheduling,
  (facts) => cost(facts).slice(0, 1),
];
