import { systemFacts } from '../../charts/facts';
import { outputsFile } from '../../charts/terraform-outputs/load';
import { connectionsDisagree, connectionsNear, connectionsOver } from '../connections/databases';
import { redisClientsOver } from '../connections/redis';
import { costOver } from '../cost/bill';
import type { Rule } from '../rule';
import { rule } from '../rule-of';
import { schedulingOffences, unknownRuleOffences } from '../scheduling/budget';
import { quotaOffences } from '../scheduling/quota';

/** What is shared is enough for all who take of it, at the worst moment: connections, nodes, money. */
export const budgetRules: readonly Rule[] = [
  rule('connections-fit', connectionsOver),
  rule('connections-near', connectionsNear),
  rule('connections-agree', connectionsDisagree),
  rule('restart-awaited', function* ({ settings }) {
    for (const { environment, parameter, wanted, inForce } of systemFacts(settings).awaited)
      yield {
        file: outputsFile('production'),
        message: `database_static_parameters: ${parameter} is ${inForce ?? 'not there'}, the settings of ${environment} say ${wanted}`,
      };
  }),
  rule('redis-clients-fit', redisClientsOver),
  rule('nodes-hold-pods', schedulingOffences),
  rule('quota-holds-pods', quotaOffences),
  rule('placement-known', unknownRuleOffences),
  rule('cost-fits', costOver),
];
