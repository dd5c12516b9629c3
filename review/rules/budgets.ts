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
    title: 'All that connect to a database at the worst moment have a connection.',
    why: 'PostgreSQL refuses what is above `max_connections`: a canary that is aborted under load, when everybody needs the database most, answers with errors, and so do the pods that served well until then.',
    fix: 'Lower a pool or the most web pods, or raise `connections.max`, which Terraform sets; every connection takes memory of the database.',
    check: connectionsOver,
  },
  {
    id: 'connections-near',
    about: 'whole',
    level: 'warn',
    title: 'A release that goes well leaves a fifth of the connections.',
    why: 'One console more, or a job that somebody starts by hand during a release, takes what is left. An aborted release does not count: where the stable set shrinks, it counts both sets of pods in full, which is an upper bound.',
    fix: 'Lower a pool, or raise `connections.max`.',
    check: connectionsNear,
  },
  {
    id: 'connections-agree',
    about: 'whole',
    level: 'high',
    title: 'The objects open as many connections as the settings reckon with.',
    why: 'The settings refuse what does not fit before anything is written. They can only count what they know of: a consumer that a chart gained since then, or a pool that an object has of its own, is not in their sum.',
    fix: 'Add the consumer to `mostConnections` in `charts/environments/rules.ts`, or take the pool from the settings.',
    check: connectionsDisagree,
  },
  {
    id: 'restart-awaited',
    about: 'files',
    level: 'warn',
    title: 'Every database has been restarted since its static parameters changed.',
    why: 'PostgreSQL reads `max_connections` and its libraries only when it starts. Terraform sets them, says so, and the database goes on as before; whoever counts on the new number is refused at the worst moment. So nothing here does, until the outputs say that it runs with it.',
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
    title: 'All clients of a Redis at the worst moment are below its `maxclients`.',
    why: 'Redis closes what is above `maxclients` at once. Sessions, cache, rate limits and jobs are in one Redis, so all of them fail together.',
    fix: "Lower Puma's workers or threads, Sidekiq's concurrency or the most web pods, or take a larger node type.",
    check: redisClientsOver,
  },
  {
    id: 'nodes-hold-pods',
    about: 'whole',
    level: 'high',
    title: 'Every pod has a node: at rest, at the autoscalers’ maximum, during a release and with a node lost.',
    why: 'A pod without a node stays pending: a canary that is never complete is aborted by its deadline, a lost node takes the site with it, a database of staging waits for a person. That it went well once says little, because the scheduler decides by chance among equals and never moves what is placed.',
    fix: 'Take the change that the message names, or lower requests or maxima.',
    check: schedulingOffences,
  },
  {
    id: 'quota-holds-pods',
    level: 'high',
    title:
      'A ResourceQuota holds all pods and volumes of its namespace at their worst moment, and a LimitRange refuses none.',
    why: 'What is above a quota is not created: a canary stops halfway, an abort does not get its pods back, a scheduled job does not start. Nothing is pending, so that only events tell of it.',
    fix: 'Raise `quota` in the settings of the environment, or lower requests, limits or how many pods there may be.',
    check: quotaOffences,
  },
  {
    id: 'placement-known',
    level: 'warn',
    title: 'No pod is placed by a rule that the scheduling proof does not know.',
    why: 'Required affinity to other pods, required spread and host ports take nodes away from a pod. The proof would say that it fits where the scheduler finds no node.',
    fix: 'Prefer instead of require (`ScheduleAnyway`, `preferredDuringScheduling…`), or teach review/scheduling the rule.',
    check: unknownRuleOffences,
  },
  {
    id: 'cost-fits',
    about: 'whole',
    level: 'high',
    title: 'A month costs no more than the budget.',
    why: 'The budget is what there is. AWS tells of it when most is spent, and a node group that is one size larger is in nobody’s mind by then.',
    fix: 'Look at `npm run cost` for what is dear, or raise `budget.monthly` with whoever pays.',
    check: costOver,
  },
];
