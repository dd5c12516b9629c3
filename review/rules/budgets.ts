import { outputsFile } from '../../charts/terraform-outputs/load';
import { connectionsDisagree, connectionsNear, connectionsOver } from '../connections/databases';
import { redisClientsOver } from '../connections/redis';
import { costOver } from '../cost/bill';
import type { Rule } from '../rule';
import { schedulingOffences, unknownRuleOffences } from '../scheduling/budget';
import { quotaOffences } from '../scheduling/quota';

/** What is shared is enough for all who take of it, at the worst moment: connections, nodes, money. */
export const budgets: readonly Rule[] = [
  {
    id: 'connections-fit',
    about: 'whole',
    level: 'critical',
    title: 'A database has a connection for everything that connects to it at the worst moment.',
    why: 'PostgreSQL refuses connections above `max_connections`. When a canary is aborted under load, it answers with errors, and so do the pods that served well until then.',
    fix: 'Lower a pool or the most web pods, or raise `connections.max`, which Terraform sets; every connection takes some of the database’s memory.',
    check: connectionsOver,
  },
  {
    id: 'connections-near',
    about: 'whole',
    level: 'warn',
    title: 'A release that goes well leaves a fifth of the connections.',
    why: 'One more console, or a job that somebody starts by hand during a release, takes what is left. An aborted release is not measured here: for it the count takes both sets of pods in full, which is an upper bound.',
    fix: 'Lower a pool, or raise `connections.max`.',
    check: connectionsNear,
  },
  {
    id: 'connections-agree',
    about: 'whole',
    level: 'high',
    title: 'The objects open as many connections as the settings count.',
    why: 'The settings refuse what does not fit before anything is written, but they count only what they know. A new consumer in a chart, or a pool that an object sets by itself, is missing from their sum.',
    fix: 'Add the consumer to `mostConnections` in `charts/environments/rules.ts`, or take the pool from the settings.',
    check: connectionsDisagree,
  },
  {
    id: 'restart-awaited',
    about: 'files',
    level: 'warn',
    title: 'Every database has been restarted since its static parameters changed.',
    why: 'PostgreSQL reads `max_connections` and its libraries only when it starts. Terraform reports that it has set them, but the database goes on as before. Whatever counts on the new number would be refused at the worst moment. So nothing here counts on it until the outputs say that the database runs with it.',
    fix: 'Apply the production stack, restart the instance and run `npm run bridge -- production` (docs/runbooks/restart-rds.md).',
    *check({ settings }) {
      for (const { environment, parameter, wanted, inForce } of settings.awaited)
        yield {
          file: outputsFile('production'),
          message: `database_static_parameters: ${parameter} is ${inForce ?? 'not there'}, the settings of ${environment} say ${wanted}`,
        };
    },
  },
  {
    id: 'redis-clients-fit',
    about: 'whole',
    level: 'high',
    title: 'A Redis has fewer clients than its `maxclients`, even at the worst moment.',
    why: 'Redis closes connections above `maxclients` at once. Sessions, cache, rate limits and jobs share one Redis, so they fail together.',
    fix: "Lower Puma's workers or threads, Sidekiq's concurrency or the most web pods, or take a larger node type.",
    check: redisClientsOver,
  },
  {
    id: 'nodes-hold-pods',
    about: 'whole',
    level: 'high',
    title:
      'Every pod finds a node: at rest, at the autoscalers’ maximum, during a release and after the loss of a node.',
    why: 'A pod without a node stays pending: an incomplete canary is aborted at its deadline, a lost node takes the site with it, a database of staging waits for a person. One success says little, because the scheduler chooses at random among equal nodes and never moves what it has placed.',
    fix: 'Make the change that the message names, or lower requests or maxima.',
    check: schedulingOffences,
  },
  {
    id: 'quota-holds-pods',
    level: 'high',
    title:
      'A ResourceQuota has room for all pods and volumes of its namespace at the worst moment, and a LimitRange refuses none.',
    why: 'Nothing is created above a quota: a canary stops halfway, an abort does not get its pods back, a scheduled job does not start. No pod is pending, so only events tell.',
    fix: 'Raise `quota` in the settings of the environment, or lower requests, limits or the number of pods.',
    check: quotaOffences,
  },
  {
    id: 'placement-known',
    level: 'warn',
    title: 'No pod is placed by a rule that the scheduling proof does not know.',
    why: 'Required affinity to other pods, required spread and host ports leave a pod fewer nodes. The proof would say that it fits, although the scheduler finds no node.',
    fix: 'Make it a preference (`ScheduleAnyway`, `preferredDuringScheduling…`), or teach review/scheduling the rule.',
    check: unknownRuleOffences,
  },
  {
    id: 'cost-fits',
    about: 'whole',
    level: 'high',
    title: 'A month costs no more than the budget.',
    why: 'There is no more money than the budget. AWS warns when most of it is spent, and by then nobody thinks of the node group that became one size larger.',
    fix: 'Look at `npm run cost` for what is expensive, or raise `budget.monthly` with whoever pays.',
    check: costOver,
  },
];
