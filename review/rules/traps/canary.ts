import { secondsToFail } from '../../../charts/environments/canary-rules';
import { secondsOf } from '../../model/duration';
import {
  type Analysis,
  analysesOf,
  isNamed,
  type Metric,
  metricsIn,
  metricsOf,
  type RolloutManifest,
} from '../../model/rollouts';
import type { Tree } from '../../model/tree';
import type { TreeRule } from '../../rule';
import { ofKinds, ofTree, type RuleId, type Said } from '../../rule-of';

const canaryPath = ['spec', 'strategy', 'canary'];
type Canary = NonNullable<NonNullable<NonNullable<RolloutManifest['object']['spec']>['strategy']>['canary']>;

/** A rule about the canary of a Rollout, which is told below it. */
function ofCanary(id: RuleId, judge: (canary: Canary) => Iterable<Said>): TreeRule {
  return ofKinds(id, ['Rollout'], function* ({ spec }) {
    for (const [message, ...path] of judge(spec?.strategy?.canary ?? {})) yield [message, ...canaryPath, ...path];
  });
}

export const pingPong = ofCanary('ping-pong', function* ({ pingPong, trafficRouting, ...canary }) {
  if (!pingPong) return;
  const { pingService, pongService } = pingPong;
  if (!trafficRouting) yield ['needs a router: `trafficRouting.alb`', 'pingPong'];
  const { rootService } = trafficRouting?.alb ?? {};
  if (rootService && [pingService, pongService].includes(rootService))
    yield [
      `${rootService} is ping or pong as well; use a third Service`,
      ...['trafficRouting', 'alb', 'rootService'],
    ];
  for (const field of ['canaryService', 'stableService'] as const)
    if (canary[field]) yield ['is not used beside ping-pong; remove it', field];
});

export const canarySelectors = ofCanary('canary-selectors', function* ({ trafficRouting, pingPong }) {
  if (trafficRouting?.alb && !pingPong) yield ['changes the selectors of its Services, and not weights alone'];
});

export const stableReplaced = ofCanary('stable-replaced', function* ({ pingPong, dynamicStableScale }) {
  if (pingPong && dynamicStableScale)
    yield [
      'a version that replaces a canary would leave its share of the requests without a pod',
      'dynamicStableScale',
    ];
});

export const canaryPause = ofKinds('canary-pause', ['Rollout'], function* ({ spec }, rollout, tree) {
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

export const inlineAnalysisCount = ofKinds('inline-analysis-count', ['Rollout'], function* (_, rollout, tree) {
  for (const [path, analysis] of analysesOf(rollout)) {
    if (!path.includes('steps') && !path.includes('blueGreen')) continue;
    const endless = metricsOf(tree, rollout, analysis).flatMap(({ metric: { name, interval, count } }) =>
      interval !== undefined && count === undefined ? [name] : [],
    );
    if (endless.length > 0) yield [`${endless.join(', ')} never ends: no \`count\``, ...path];
  }
});

export const analysisInconclusive = ofTree('analysis-inconclusive', function* ({ tree }) {
  for (const { manifest, metric, path } of allMetrics(tree)) {
    const { successCondition, failureCondition, count } = metric;
    const [failures, successes] = [Number(metric.failureLimit ?? 0), Number(metric.consecutiveSuccessLimit ?? 0)];
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
});

/** Parts of a condition that hold when the provider has nothing to say, or too little to judge. */
const nothing = String.raw`(?<!!)\b(?:isN(?:il|aN)\([^)]*\)|len\(\s*result\S*\s*\)\s*(?:==\s*0|<\s*1)|result\S*\s*==\s*nil|\w+\s*<=?\s*\d+)`;
/** A part that is enough alone, and a missing value that becomes a good one. */
const silence = new RegExp(
  String.raw`${nothing}\s*(?:\|\||or\b|\?)|(?:\|\||\bor\b)\s*${nothing}\s*(?:$|\|\||or\b|\))|\bdefault\(\s*result`,
);

export const analysisWithoutData = ofTree('analysis-without-data', function* ({ tree }) {
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
});

/** Every weight is followed by a step that does not pass without data, or at which a person looks. */
function isGated(tree: Tree, rollout: RolloutManifest): boolean {
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
  return named.some(({ metricName = '' }) => isNamed(metricName, metric.name ?? ''));
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
