import { outputsFile } from '../../charts/terraform-outputs/load';
import { connectionsDisagree, connectionsNear, connectionsOver } from '../connections/databases';
import { redisClientsOver } from '../connections/redis';
import { costOver } from '../cost/bill';
import type { Rule } from '../rule';
import { schedulingOffences, unknownRuleOffences } from '../scheduling/budget';
import { quotaOffences } from '../scheduling/quota';
import { words } from '../words';

/** What is shared is enough for all who take of it, at the worst moment: connections, nodes, money. */
export const budgets: readonly Rule[] = [
  {
    ...words['connections-fit'],
    check: connectionsOver,
  },
  {
    ...words['connections-near'],
    check: connectionsNear,
  },
  {
    ...words['connections-agree'],
    check: connectionsDisagree,
  },
  {
    ...words['restart-awaited'],
    *check({ settings }) {
      for (const { environment, parameter, wanted, inForce } of settings.awaited)
        yield {
          file: outputsFile('production'),
          message: `database_static_parameters: ${parameter} is ${inForce ?? 'not there'}, the settings of ${environment} say ${wanted}`,
        };
    },
  },
  {
    ...words['redis-clients-fit'],
    check: redisClientsOver,
  },
  {
    ...words['nodes-hold-pods'],
    check: schedulingOffences,
  },
  {
    ...words['quota-holds-pods'],
    check: quotaOffences,
  },
  {
    ...words['placement-known'],
    check: unknownRuleOffences,
  },
  {
    ...words['cost-fits'],
    check: costOver,
  },
];
