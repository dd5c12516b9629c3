import type { Environment } from './environment';
import type { SettingsProblem } from './problem';
import { type Duration, seconds } from './units';

type Canary = Environment['web']['canary'];

/** One part of a gate: looks back over a window, so many times. */
export interface GateStage {
  readonly window: Duration;
  /** Seconds until the next stage begins, or the deadline has come. */
  readonly lasts: number;
  readonly looks: number;
  /** What still finds too little then aborts the version; before, it hands over to the next stage. */
  readonly last: boolean;
}

/** @returns the stages of a gate in their order: each begins when all of its window lies after the weight */
export function gateStages({ windows, interval, deadline }: Canary['gate']): GateStage[] {
  const begins = (window: Duration) => seconds(window) - seconds(windows[0] ?? window);
  return windows.map((window, i) => {
    const next = windows[i + 1];
    const lasts = (next ? begins(next) : seconds(deadline)) - begins(window);
    return { window, lasts, looks: Math.ceil(lasts / seconds(interval)) + 1, last: next === undefined };
  });
}

/** Seconds of a canary that waits for its pods, and then at every gate, as long as it may. */
export function longestCanary({ steps, gate, progressDeadline }: Canary): number {
  const weights = steps.filter(({ weight }) => weight < 100);
  const waits = weights.map(({ pause }) => (pause ? seconds(pause) : 0) + seconds(gate.deadline));
  return waits.reduce((sum, wait) => sum + wait, seconds(progressDeadline));
}

/**
 * Seconds that Argo Rollouts 1.9.1 waits after an error before it asks again, whatever the interval is:
 * `DefaultErrorRetryInterval`, analysis/analysis.go.
 */
export const errorRetry = 10;
/** Seconds that the slower of the two providers is given for an answer. */
export const sentryPatience = 20;

/**
 * Seconds from the start of an analysis until it can fail a canary. Errors are counted by the interval as well; they come
 * sooner, and their answers later.
 */
export function secondsToFail(metric: {
  /** Seconds. */
  readonly initialDelay: number;
  /** Seconds. */
  readonly interval: number;
  readonly failureLimit: number;
  readonly consecutiveErrorLimit: number;
}): number {
  return metric.initialDelay + (1 + Math.max(metric.failureLimit, metric.consecutiveErrorLimit)) * metric.interval;
}

/** @returns what is wrong between the settings of a canary */
export function* judgeCanary({ web: { canary } }: Environment): Generator<SettingsProblem> {
  yield* steps(canary);
  yield* gate(canary);
  yield* judgedInTime(canary);
}

function* steps({ steps }: Canary): Generator<SettingsProblem> {
  for (const [i, step] of steps.entries()) {
    const before = steps[i - 1]?.weight ?? 0;
    if (step.weight <= before)
      yield {
        path: `web.canary.steps.${i}.weight`,
        message: `${step.weight} is not above the step before, ${before}; weights must increase`,
      };
    if (step.weight < 100 && step.pause === undefined)
      yield {
        path: `web.canary.steps.${i}.pause`,
        message: `is missing at weight ${step.weight}; without a pause nothing is judged at this weight`,
      };
  }
  if (steps.at(-1)?.weight !== 100)
    yield {
      path: 'web.canary.steps',
      message: `end at ${steps.at(-1)?.weight ?? 0}; the last weight must be 100`,
    };
}

/** No deadline of the Rollout runs meanwhile: `isIndefiniteStep` of Argo Rollouts 1.9.1, rollout/sync.go. */
function* gate({ steps, gate: { windows, interval, deadline } }: Canary): Generator<SettingsProblem> {
  const [first] = windows;
  if (first === undefined)
    return yield {
      path: 'web.canary.gate.windows',
      message: 'is empty, so a version that nobody has seen would go on; write for example 5m',
    };
  for (const [i, { weight, pause }] of steps.entries())
    if (weight < 100 && pause !== undefined && seconds(first) > seconds(pause))
      yield {
        path: 'web.canary.gate.windows.0',
        message: `${first} is longer than the pause of steps.${i}, ${pause}, so it would count requests from before that weight; shorten it or lengthen the pause`,
      };
  for (const [i, window] of windows.entries()) {
    const before = windows[i - 1];
    if (before === undefined) continue;
    const longer = seconds(window) - seconds(before);
    if (longer <= 0)
      yield {
        path: `web.canary.gate.windows.${i}`,
        message: `${window} is not longer than the window before, ${before}; windows must grow`,
      };
    else if (longer < seconds(interval))
      yield {
        path: 'web.canary.gate.interval',
        message: `${interval} is longer than the time from window ${before} to window ${window}; shorten it`,
      };
  }
  const last = windows.at(-1) ?? first;
  const needed = seconds(last) - seconds(first) + seconds(interval);
  if (seconds(deadline) < needed)
    yield {
      path: 'web.canary.gate.deadline',
      message: `${deadline} must be at least ${needed}s, or a version is aborted before it was looked at over ${last} twice; raise it, or remove a window`,
    };
}

/**
 * A bad build that is promoted before the analysis can fail it has not been judged at all (docs/decisions/0005-no-data-is-never-success.md). Gates add
 * nothing: where there are enough requests they open at the first look.
 */
function* judgedInTime({ steps, sentry, datadog }: Canary): Generator<SettingsProblem> {
  const paused = steps.reduce((sum, step) => sum + (step.pause ? seconds(step.pause) : 0), 0);
  for (const [name, metric] of Object.entries({ sentry, datadog })) {
    const needed = secondsToFail({
      ...metric,
      initialDelay: seconds(metric.initialDelay),
      interval: seconds(metric.interval),
    });
    if (needed >= paused)
      yield {
        path: `web.canary.${name}`,
        message:
          `can fail the canary only after ${needed}s (initialDelay, and an interval for each failure or error that its limits ` +
          `take), but its pauses end after ${paused}s; lengthen the pauses, or shorten initialDelay, interval or the limits`,
      };
  }
}
