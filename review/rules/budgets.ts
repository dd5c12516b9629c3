import { outputsFile } from '../../charts/terraform-outputs/load';
import { connectionsDisagree, connectionsNear, connectionsOver } from '../connections/databases';
import { redisClientsOver } from '../connections/redis';
import { costOver } from '../cost/bill';
import type { Rule } from '../rule';
import { ruleWords } from '../rule-words';
import { schedulingOffences, unknownRuleOffences } from '../scheduling/budget';
import { quotaOffences } from '../scheduling/quota';

/** What is shared is enough for all who take of it, at the worst moment: connections, nodes, money. */
export const budgets: readonly Rule[] = [
  {
    ...ruleWords['connections-fit'],
    check: connectionsOver,
  },
  {
    ...ruleWords['connections-near'],
    check: connectionsNear,
  },
  {
    ...ruleWords['connections-agree'],
    check: connectionsDisagree,
  },
  {
    ...ruleWords['restart-awaited'],
    *check({ settings }) {
      for (const { environment, parameter, wanted, inForce } of settings.awaited)
        yield {
          file: outputsFile('production'),
          message: `database_static_parameters: ${parameter} is ${inForce ?? 'not there'}, the settings of ${environment} say ${wanted}`,
        };
    },
  },
  {
    ...ruleWords['redis-clients-fit'],
    check: redisClientsOver,
  },
  {
    ...ruleWords['nodes-hold-pods'],
    check: schedulingOffences,
  },
  {
    ...ruleWords['quota-holds-pods'],
    check: quotaOffences,
  },
  {
    ...ruleWords['placement-known'],
    check: unknownRuleOffences,
  },
  {
    ...ruleWords['cost-fits'],
    check: costOver,
  },
];
