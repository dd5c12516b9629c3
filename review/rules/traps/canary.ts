import { secondsToFail } from '../../../charts/environments/canary-rules';
import { analysesOf, type Metric, metricsIn, metricsOf } from '../../model/analyses';
import { secondsOf } from '../../model/duration';
import { listOf } from '../../model/pods';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

const canaryPath = ['spec', 'strategy', 'canary'];

export const pingPong: Rule = {
  id: 'ping-pong',
  level: 'critical',
  title:
    'A Rollout with ping-pong has two different Services, a router that knows it, and with ALB a root Service.',
  why: 'Without `rootService` the controller calls the Rollout invalid and deploys nothing. A root Service that is ping or pong itself loses its own target group when the two change places.',
  fix: 'Name a third Service of the same selector as `trafficRouting.alb.rootService`, and let the Ingress send to it with port `use-annotation`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { canary } = manifest.object.spec?.strategy ?? {};
      if (!canary?.pingPong) continue;
      const { pingService, pongService } = canary.pingPong;
      const { alb, istio, plugins } = canary.trafficRouting ?? {};
      const path = [...canaryPath, 'pingPong'];
      if (!pingService || !pongService)
        yield { manifest, path, message: 'needs both `pingService` and `pongService`' };
      else if (pingService === pongService)
        yield {
          manifest,
          path,
          message: `${pingService} is both ping and pong; the canary would have no target group`,
        };
      if (!alb && !istio && !plugins) yield { manifest, path, message: 'needs a router: `trafficRouting.alb`' };
      const routed = [...canaryPath, 'trafficRouting', 'alb'];
      if (alb && !alb.rootService)
        yield { manifest, path: routed, message: 'has no `rootService`, which ping-pong needs' };
      else if (alb && [pingService, pongService].includes(alb.rootService))
        yield {
          manifest,
          path: [...routed, 'rootService'],
          message: `${alb.rootService} is ping or pong as well; use a third Service`,
        };
      for (const field of ['canaryService', 'stableService'])
        if (canary[field])
          yield { manifest, path: [...canaryPath, field], message: 'is not used beside ping-pong; remove it' };
    }
  },
};

export const canarySelectors: Rule = {
  id: 'canary-selectors',
  level: 'high',
  title: 'A Rollout behind a load balancer of AWS moves its canary by weights of two Services: it has `pingPong`.',
  why: 'With `canaryService` and `stableService` each version ends with another selector on the stable Service: its pods become targets of a target group that they have no readiness gate for, and count as ready before the load balancer sends to them. When it is slow, nothing but the check of target groups (`--aws-verify-target-group`) keeps the old pods until then.',
  fix: 'Name the two Services as `pingPong`, and a third one as `trafficRouting.alb.rootService` (docs/decisions/0004-canary-by-ping-and-pong.md).',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { canary } = manifest.object.spec?.strategy ?? {};
      if (canary?.trafficRouting?.alb && !canary.pingPong)
        yield {
          manifest,
          path: canaryPath,
          message: 'changes the selectors of its Services, and not weights alone',
        };
    }
  },
};

export const stableScale: Rule = {
  id: 'stable-scale',
  level: 'critical',
  title: '`dynamicStableScale` has a router, and no delay that contradicts it.',
  why: 'The controller calls the Rollout invalid and deploys nothing.',
  fix: 'Remove `scaleDownDelaySeconds`, or `dynamicStableScale`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { canary } = manifest.object.spec?.strategy ?? {};
      const path = [...canaryPath, 'dynamicStableScale'];
      if (!canary?.dynamicStableScale) continue;
      if (!canary.trafficRouting) yield { manifest, path, message: 'works only with `trafficRouting`' };
      if (canary.scaleDownDelaySeconds !== undefined)
        yield {
          manifest,
          path,
          message: `cannot be together with scaleDownDelaySeconds ${canary.scaleDownDelaySeconds}`,
        };
    }
  },
};

export const stableReplaced: Rule = {
  id: 'stable-replaced',
  level: 'high',
  title: 'A Rollout with ping-pong keeps its stable pods: no `dynamicStableScale`.',
  why: 'A version that replaces a canary under way gets its Service at once, without a pod behind it, and the weight of that Service is taken away only when the stable pods can carry everything. With `dynamicStableScale` they were scaled down, so until new ones are ready the share of the canary, up to half of all requests, is answered with 503. An abort waits for them as well, with the bad version serving.',
  fix: 'Remove `dynamicStableScale`, and give the nodes and the database room for twice the pods, which an abort needs in any case.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { canary } = manifest.object.spec?.strategy ?? {};
      if (canary?.pingPong && canary.dynamicStableScale)
        yield {
          manifest,
          path: [...canaryPath, 'dynamicStableScale'],
          message: 'a version that replaces a canary would leave its share of the requests without a pod',
        };
    }
  },
};

export const canaryPause: Rule = {
  id: 'canary-pause',
  level: 'critical',
  title: 'The pauses of a canary are longer than its analysis needs to fail it.',
  why: 'A bad version reaches 100 % before it can be judged, and then serves everybody. An analysis that is a step adds no time: it may succeed at its first look.',
  fix: 'Lengthen the pauses, or shorten `initialDelay`, `interval` or the limits of the metric: initial delay + interval × failures or errors needed must be below the sum of the pauses.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { analysis, steps = [] } = manifest.object.spec?.strategy?.canary ?? {};
      if (!analysis) continue;
      const judged = (steps as any[]).slice(analysis.startingStep ?? 0);
      // A pause without an end waits for a person, who sees the analysis.
      if (judged.some((step) => step?.pause && step.pause.duration === undefined)) continue;
      const paused = judged.reduce((sum, step) => sum + (secondsOf(step?.pause?.duration) ?? 0), 0);
      for (const { metric } of metricsOf(tree, manifest, analysis)) {
        const needed = needs(metric);
        if (needed >= paused)
          yield {
            manifest,
            path: [...canaryPath, 'steps'],
            message:
              needed === Number.POSITIVE_INFINITY
                ? `${metric.name} can never fail the canary: its limits are above its count`
                : `${metric.name} can fail the canary only after ${needed}s, but the pauses end after ${paused}s`,
          };
      }
    }
  },
};

/** Seconds until as many measurements have failed, or could not be taken, as are not tolerated any more. */
function needs({ initialDelay, interval, failureLimit = 0, consecutiveErrorLimit = 4, count }: any): number {
  const measured = count ?? (interval === undefined ? 1 : Number.POSITIVE_INFINITY);
  if (Number(failureLimit) < 0 || Number(failureLimit) >= Number(measured)) return Number.POSITIVE_INFINITY;
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

export const inlineAnalysisCount: Rule = {
  id: 'inline-analysis-count',
  level: 'critical',
  title: 'An analysis that is a step of a canary ends: its metrics have a `count`.',
  why: 'A metric with `interval` and without `count` measures for ever; as a step it holds the canary at its weight until somebody aborts it.',
  fix: 'Set `count`, or move the analysis into `canary.analysis`, where it runs beside the steps.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout'))
      for (const [path, analysis] of analysesOf(manifest)) {
        if (!path.includes('steps') && !path.includes('blueGreen')) continue;
        const endless = metricsOf(tree, manifest, analysis).filter(
          ({ metric: { interval, count } }) => interval !== undefined && count === undefined,
        );
        if (endless.length > 0)
          yield {
            manifest,
            path,
            message: `${endless.map(({ metric }) => metric.name).join(', ')} never ends: no \`count\``,
          };
      }
  },
};

export const analysisInconclusive: Rule = {
  id: 'analysis-inconclusive',
  level: 'critical',
  title: 'No analysis can end as inconclusive.',
  why: 'The Rollout then waits for a person and scales nothing. As soon as the autoscaler wants another number, an abort, a full promotion and a rollback by git change nothing either.',
  fix: 'Write one condition: what does not meet a `successCondition` alone has failed. To wait for data, use an analysis step with `count`, `failureLimit` one below it, and `consecutiveSuccessLimit: 1`.',
  *check({ tree }) {
    for (const { manifest, metric, path } of allMetrics(tree)) {
      const { successCondition, failureCondition, count, failureLimit = 0, consecutiveSuccessLimit = 0 } = metric;
      if (successCondition && failureCondition)
        yield {
          manifest,
          path: [...path, 'failureCondition'],
          message: 'is one condition more: where neither holds, the answer is inconclusive',
        };
      // The longest row of answers in which neither limit is met.
      const undecided = (Number(failureLimit) + 1) * (Number(consecutiveSuccessLimit) - 1) + Number(failureLimit);
      if (Number(consecutiveSuccessLimit) > 0 && Number(failureLimit) >= 0 && Number(count) <= undecided)
        yield {
          manifest,
          path: [...path, 'count'],
          message: `${count} answers can meet neither limit: ${undecided} can`,
        };
    }
  },
};

/** Parts of a condition that hold when the provider has nothing to say, or too little to judge. */
const nothing = String.raw`(?<!!)\b(?:isN(?:il|aN)\([^)]*\)|len\(\s*result\S*\s*\)\s*(?:==\s*0|<\s*1)|result\S*\s*==\s*nil|\w+\s*<=?\s*\d+)`;
/** A part that is enough alone, and a missing value that becomes a good one. */
const silence = new RegExp(
  String.raw`${nothing}\s*(?:\|\||or\b|\?)|(?:\|\||\bor\b)\s*${nothing}\s*(?:$|\|\||or\b|\))|\bdefault\(\s*result`,
);

export const analysisWithoutData: Rule = {
  id: 'analysis-without-data',
  level: 'critical',
  title: 'No data is never success: a version that nothing was told of does not pass.',
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
function isGated(tree: Tree, rollout: Manifest): boolean {
  let open: boolean | undefined;
  for (const { setWeight, analysis, pause } of listOf(rollout.object.spec.strategy.canary?.steps)) {
    if (setWeight !== undefined) {
      if (open) return false;
      open = setWeight < 100;
    } else if (pause && pause.duration === undefined) open = false;
    else if (analysis && metricsOf(tree, rollout, analysis).some((each) => decides(each, analysis))) open = false;
  }
  return open === false;
}

function decides(each: Metric, analysis: any): boolean {
  return !isDry(each, analysis) && !lacksCondition(each.metric) && !passesWithoutData(each.metric);
}

/** Whatever a dry run finds, the analysis succeeds; names are patterns (`GetDryRunMetrics`, utils/analysis/helpers.go). */
function isDry({ metric, manifest }: Metric, { dryRun }: any): boolean {
  const named = [...listOf(dryRun), ...listOf(manifest.object.spec.dryRun)];
  return named.some(({ metricName }) => matches(metricName, metric.name));
}

/** A pattern of Go that JavaScript does not read names nothing. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}

function passesWithoutData({ successCondition = '' }: any): string | undefined {
  return silence.exec(successCondition)?.[0];
}

function lacksCondition({ successCondition, failureCondition, provider = {} }: any): string | undefined {
  if (successCondition || provider.job || provider.kayenta) return undefined;
  return failureCondition
    ? 'has only a failureCondition: whatever does not fail, no data too, is success'
    : 'has no condition: whatever is answered is success';
}
