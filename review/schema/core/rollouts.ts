import { type Fact, judgeFacts } from './facts';
import rules from './rollouts.json';
import { each, type Path, type Say } from './say';
import { amount, workload } from './workloads';

const shorthands = { $canary: 'spec.strategy.canary', $routing: 'spec.strategy.canary.trafficRouting' };

/** What the controller calls InvalidSpec, and then deploys nothing. */
export function rollout(object: any, say: Say): void {
  judgeFacts(object, rules.Rollout as readonly Fact[], say, shorthands);
  const { spec = {} } = object;
  if (!spec.workloadRef) workload(object, say);
  const { progressDeadlineSeconds: deadline = 600, minReadySeconds = 0, strategy } = spec;
  if (deadline <= minReadySeconds)
    say(
      ['spec', 'progressDeadlineSeconds'],
      `is ${deadline}, must be greater than minReadySeconds, ${minReadySeconds}`,
    );
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.canary ?? {};
  if (strategy?.canary && !amount(maxSurge) && !amount(maxUnavailable))
    say(
      ['spec', 'strategy', 'canary', 'maxUnavailable'],
      'cannot be 0 while maxSurge is 0: nothing could be replaced',
    );
}

/** What the controller ends an analysis with before the first measurement, or calls the Rollout InvalidSpec for. */
export function metricsTemplate(object: any, say: Say): void {
  judgeFacts(object, rules.AnalysisTemplate as readonly Fact[], say, shorthands);
  const names = new Set((object.spec?.args ?? []).map(({ name }: any) => `args.${name}`));
  for (const [metric, at] of each(object.spec, 'metrics', ['spec'])) {
    limits(metric, at, say);
    unresolved(metric, at, names, say);
  }
}

function limits(metric: any, at: Path, say: Say): void {
  const of = (field: string, otherwise = 0) => amount(metric[field] ?? otherwise) || 0;
  const [count, failures, successes] = [of('count'), of('failureLimit'), of('consecutiveSuccessLimit')];
  if (count > 1 && !metric.interval) say([...at, 'interval'], `is required: count is ${count}`);
  if (failures === -1 && successes === 0)
    say([...at, 'failureLimit'], 'is -1, which needs a consecutiveSuccessLimit: nothing would decide');
  const least = Math.max(Math.max(failures, 0) + Math.max(successes, 0), of('inconclusiveLimit'));
  if (count > 0 && count < least) say([...at, 'count'], `is ${count}, the limits need ${least}`);
}

/** Every `{{…}}` that no argument fills in, wherever it stands in a metric. */
function unresolved(of: any, at: Path, names: ReadonlySet<unknown>, say: Say): void {
  if (typeof of === 'string')
    for (const [, tag = ''] of of.matchAll(/\{\{(.*?)(?:\}\}|$)/gs)) {
      if (!names.has(tag.trim())) say(at, `{{${tag}}} is not one of its args`);
    }
  else if (typeof of === 'object' && of !== null)
    for (const [key, inner] of Object.entries(of))
      unresolved(inner, [...at, Array.isArray(of) ? Number(key) : key], names, say);
}
