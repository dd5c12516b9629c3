import { secondsToFail } from '../../../charts/environments/canary-rules';
import { secondsOf } from '../../model/duration';
import { type Analysis, analysesOf, type Metric, metricsIn, metricsOf, type Rollout } from '../../model/rollouts';
import type { Tree } from '../../model/tree';
import { ofKinds, type Said, type TreeRule } from '../../rule';

const canaryPath = ['spec', 'strategy', 'canary'];
type Canary = NonNullable<NonNullable<NonNullable<Rollout['object']['spec']>['strategy']>['canary']>;

/** A rule about the canary of a Rollout, which is told below it. */
function ofCanary({
  judgeCanary,
  ...words
}: Omit<TreeRule, 'check'> & { judgeCanary: (canary: Canary) => Iterable<Said> }): TreeRule {
  return ofKinds(['Rollout'], {
    ...words,
    *judge({ spec }) {
      for (const [message, ...path] of judgeCanary(spec?.strategy?.canary ?? {}))
        yield [message, ...canaryPath, ...path];
    },
  });
}

export const pingPong = ofCanary({
  id: 'ping-pong',
  level: 'critical',
  title:
    'A Rollout with ping-pong has two different Services, a router that knows it, and with ALB a root Service.',
  why: 'Without `rootService` the controller calls the Rollout invalid and deploys nothing. A root Service that is ping or pong itself loses its own target group when the two swap roles.',
  fix: 'Name a third Service of the same selector as `trafficRouting.alb.rootService`, and let the Ingress send to it with port `use-annotation`.',
  *judgeCanary({ pingPong, trafficRouting = {}, ...canary }) {
    if (!pingPong) return;
    const { pingService, pongService } = pingPong;
    const { alb, plugins } = trafficRouting;
    if (!pingService || !pongService) yield ['needs both `pingService` and `pongService`', 'pingPong'];
    else if (pingService === pongService)
      yield [`${pingService} is both ping and pong; the canary would have no target group`, 'pingPong'];
    if (!alb && !plugins) yield ['needs a router: `trafficRouting.alb`', 'pingPong'];
    const routed = ['trafficRouting', 'alb'];
    if (alb && !alb.rootService) yield ['has no `rootService`, which ping-pong needs', ...routed];
    else if (alb?.rootService && [pingService, pongService].includes(alb.rootService))
      yield [`${alb.rootService} is ping or pong as well; use a third Service`, ...routed, 'rootService'];
    for (const field of ['canaryService', 'stableService'] as const)
      if (canary[field]) yield ['is not used beside ping-pong; remove it', field];
  },
});

export const canarySelectors = ofCanary({
  id: 'canary-selectors',
  level: 'high',
  title: 'A Rollout behind a load balancer of AWS moves its canary by weights of two Services: it has `pingPong`.',
  why: 'With `canaryService` and `stableService` each version ends with another selector on the stable Service: its pods become targets of a target group that they have no readiness gate for, and count as ready before the load balancer sends to them. Only the check of target groups (`--aws-verify-target-group`) keeps the old pods until the load balancer sends to the new ones.',
  fix: 'Name the two Services as `pingPong`, and a third one as `trafficRouting.alb.rootService` (docs/decisions/0004-canary-by-ping-and-pong.md).',
  *judgeCanary({ trafficRouting, pingPong }) {
    if (trafficRouting?.alb && !pingPong) yield ['changes the selectors of its Services, and not weights alone'];
  },
});

export const stableScale = ofCanary({
  id: 'stable-scale',
  level: 'critical',
  title: '`dynamicStableScale` has a router, and no delay that contradicts it.',
  why: 'The controller calls the Rollout invalid and deploys nothing.',
  fix: 'Remove `scaleDownDelaySeconds`, or `dynamicStableScale`.',
  *judgeCanary({ dynamicStableScale, trafficRouting, scaleDownDelaySeconds: delay }) {
    if (!dynamicStableScale) return;
    if (!trafficRouting) yield ['works only with `trafficRouting`', 'dynamicStableScale'];
    if (delay !== undefined)
      yield [`cannot be together with scaleDownDelaySeconds ${delay}`, 'dynamicStableScale'];
  },
});

export const stableReplaced = ofCanary({
  id: 'stable-replaced',
  level: 'high',
  title: 'A Rollout with ping-pong keeps its stable pods: no `dynamicStableScale`.',
  why: 'When a version replaces a canary under way, the canary’s Service points at it at once, without a pod behind it. The weight of that Service is taken away only when the stable pods can carry everything. `dynamicStableScale` has scaled them down, so until new ones are ready, the canary’s share, up to half of all requests, is answered with 503. An abort waits for them too, while the bad version serves.',
  fix: 'Remove `dynamicStableScale`, and give the nodes and the database room for twice the pods; an abort needs it anyway.',
  *judgeCanary({ pingPong, dynamicStableScale }) {
    if (pingPong && dynamicStableScale)
      yield [
        'a version that replaces a canary would leave its share of the requests without a pod',
        'dynamicStableScale',
      ];
  },
});

export const canaryPause = ofKinds(['Rollout'], {
  id: 'canary-pause',
  level: 'critical',
  title: 'The pauses of a canary are longer than its analysis needs to reject it.',
  why: 'A bad version reaches 100 % before it is judged, and then serves everybody. An analysis that is a step adds no time, because it may succeed at its first look.',
  fix: 'Lengthen the pauses, or shorten `initialDelay`, `interval` or the limits of the metric: initial delay + interval × failures or errors needed must be below the sum of the pauses.',
  *judge({ spec }, rollout, tree) {
    const { analysis, steps = [] } = spec?.strategy?.canary ?? {};
    if (!analysis) return;
    const judged = steps.slice(analysis.startingStep ?? 0);
    // A pause without an end waits for a person, who sees the analysis.
    if (judged.some(({ pause }) => pause && pause.duration === undefined)) return;
    const paused = judged.reduce((sum, { pause }) => sum + (secondsOf(pause?.duration) ?? 0), 0);
    for (const { metric } of metricsOf(tree, rollout, analysis)) {
      const needed = needs(metric);
      const when =
        needed === Infinity
          ? 'can never fail the canary: its limits are above its count'
          : `can fail the canary only after ${needed}s, but the pauses end after ${paused}s`;
      if (needed >= paused) yield [`${metric.name} ${when}`, ...canaryPath, 'steps'];
    }
  },
});

/** Seconds until as many measurements have failed, or could not be taken, as are not tolerated any more. */
function needs({
  initialDelay,
  interval,
  failureLimit = 0,
  consecutiveErrorLimit = 4,
  count,
}: Metric['metric']): number {
  const measured = count ?? (interval === undefined ? 1 : Infinity);
  if (Number(failureLimit) < 0 || Number(failureLimit) >= Number(measured)) return Infinity;
  return secondsToFail({
    initialDelay: secondsOf(initialDelay) ?? 0,
    interval: secondsOf(interval) ?? 0,
    failureLimit: Number(failureLimit),
    consecutiveErrorLimit: Number(consecutiveErrorLimit),
  });
}

/** All metrics of all templates, whether they are used or not. */
function allMetrics(tree: Tree): Metric[] {
  return tree.ofKind('AnalysisTemplate', 'ClusterAnalysisTemplate').flatMap(metricsIn);
}

export const inlineAnalysisCount = ofKinds(['Rollout'], {
  id: 'inline-analysis-count',
  level: 'critical',
  title: 'An analysis that is a step of a canary ends: its metrics have a `count`.',
  why: 'A metric with `interval` but without `count` measures for ever. As a step it holds the canary at its weight until somebody aborts it.',
  fix: 'Set `count`, or move the analysis into `canary.analysis`, where it runs beside the steps.',
  *judge(_, rollout, tree) {
    for (const [path, analysis] of analysesOf(rollout)) {
      if (!path.includes('steps') && !path.includes('blueGreen')) continue;
      const endless = metricsOf(tree, rollout, analysis).flatMap(({ metric: { name, interval, count } }) =>
        interval !== undefined && count === undefined ? [name] : [],
      );
      if (endless.length > 0) yield [`${endless.join(', ')} never ends: no \`count\``, ...path];
    }
  },
});

export const analysisInconclusive: TreeRule = {
  id: 'analysis-inconclusive',
  level: 'critical',
  title: 'No analysis can end as inconclusive.',
  why: 'The Rollout then waits for a person, and scales nothing. Once the autoscaler wants another number of pods, an abort, a full promotion and a rollback by git have no effect either.',
  fix: 'Write one condition: with a `successCondition` alone, whatever does not meet it has failed. To wait for data, use an analysis step with `count`, `failureLimit` one below it, and `consecutiveSuccessLimit: 1`.',
  *check({ tree }) {
    for (const { manifest, metric, path } of allMetrics(tree)) {
      const { successCondition, failureCondition, count } = metric;
      const [failures, successes] = [
        Number(metric.failureLimit ?? 0),
        Number(metric.consecutiveSuccessLimit ?? 0),
      ];
      if (successCondition && failureCondition)
        yield {
          manifest,
          path: [...path, 'failureCondition'],
          message: 'is one condition more: where neither holds, the answer is inconclusive',
        };
      // The longest row of answers in which neither limit is met.
      const undecided = (failures + 1) * (successes - 1) + failures;
      const message = `${count} answers can meet neither limit: ${undecided} can`;
      if (successes > 0 && failures >= 0 && Number(count) <= undecided)
        yield { manifest, path: [...path, 'count'], message };
    }
  },
};

/** Parts of a condition that hold when the provider has nothing to say, or too little to judge. */
const nothing = String.raw`(?<!!)\b(?:isN(?:il|aN)\([^)]*\)|len\(\s*result\S*\s*\)\s*(?:==\s*0|<\s*1)|result\S*\s*==\s*nil|\w+\s*<=?\s*\d+)`;
/** A part that is enough alone, and a missing value that becomes a good one. */
const silence = new RegExp(
  String.raw`${nothing}\s*(?:\|\||or\b|\?)|(?:\|\||\bor\b)\s*${nothing}\s*(?:$|\|\||or\b|\))|\bdefault\(\s*result`,
);

export const analysisWithoutData: TreeRule = {
  id: 'analysis-without-data',
  level: 'critical',
  title: 'Missing data is never success: a version about which nothing is known does not pass.',
  why: 'A wrong query, an expired token or a renamed metric would promote every version from then on, and nobody would notice.',
  fix: 'Let the condition fail without data (`!isNil(result) && result <= 0.05`). A metric may pass when it has too little to judge (`isNil(result) || …`) if another one of the same analysis fails then, or if an analysis step after each weight does.',
  *check({ tree }) {
    /** Whether something else decides wherever a metric is used. */
    const backed = new Map<unknown, boolean>();
    for (const rollout of tree.ofKind('Rollout'))
      for (const [path, analysis] of analysesOf(rollout)) {
        const metrics = metricsOf(tree, rollout, analysis);
        const decided =
          metrics.some((each) => decides(each, analysis)) ||
          (path.includes('steps') ? metrics.every((each) => isDry(each, analysis)) : isGated(tree, rollout));
        for (const { metric } of metrics) backed.set(metric, decided && (backed.get(metric) ?? true));
      }
    for (const { manifest, metric, path } of allMetrics(tree)) {
      const toothless = lacksCondition(metric);
      const passes = passesWithoutData(metric);
      if (toothless) yield { manifest, path, message: toothless };
      else if (passes && !backed.get(metric))
        yield {
          manifest,
          path: [...path, 'successCondition'],
          message: `is true without data (${passes}), and nothing else decides then`,
        };
    }
  },
};

/** Every weight is followed by a step that does not pass without data, or at which a person looks. */
function isGated(tree: Tree, rollout: Rollout): boolean {
  let open: boolean | undefined;
  for (const { setWeight, analysis, pause } of rollout.object.spec?.strategy?.canary?.steps ?? []) {
    if (setWeight !== undefined) {
      if (open) return false;
      open = setWeight < 100;
    } else if (pause && pause.duration === undefined) open = false;
    else if (analysis && metricsOf(tree, rollout, analysis).some((each) => decides(each, analysis))) open = false;
  }
  return open === false;
}

function decides(each: Metric, analysis: Analysis): boolean {
  return !isDry(each, analysis) && !lacksCondition(each.metric) && !passesWithoutData(each.metric);
}

/** Whatever a dry run finds, the analysis succeeds; names are patterns (`GetDryRunMetrics`, utils/analysis/helpers.go). */
function isDry({ metric, manifest }: Metric, { dryRun = [] }: Analysis): boolean {
  const named = [...dryRun, ...(manifest.object.spec?.dryRun ?? [])];
  return named.some(({ metricName = '' }) => matches(metricName, metric.name ?? ''));
}

/** A pattern of Go that JavaScript does not read names nothing. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}

function passesWithoutData({ successCondition = '' }: Metric['metric']): string | undefined {
  return silence.exec(successCondition)?.[0];
}

function lacksCondition({ successCondition, failureCondition, provider }: Metric['metric']): string | undefined {
  if (successCondition || provider?.job) return undefined;
  return failureCondition
    ? 'has only a failureCondition: whatever does not fail, no data too, is success'
    : 'has no condition: whatever is answered is success';
}
