import { secondsOf } from '../model/duration';
import { type Analysis, metricsOf, type RolloutManifest } from '../model/rollouts';
import type { Tree } from '../model/tree';
import { type Both, html, type Markup } from './markup';

const [width, height, left, bottom] = [420, 150, 44, 26];
/** A pause without an end waits for a person; it is drawn as long as this share of the others. */
const endless = 300;

interface Step {
  readonly weight: number;
  readonly from: number;
  /** Seconds; undefined until somebody goes on. */
  readonly lasts: number | undefined;
  /** Seconds that an analysis step may hold it besides; one that succeeds at its first look takes none of them. */
  readonly more: number;
}

/** How much of the traffic a new version has, minute by minute, and when it is asked how it does; all on one time scale. */
export function canaries({ before, after }: Both<Tree>): Markup | undefined {
  const drawn = rolloutsIn(after).map((rollout) => {
    const { environment, object } = rollout;
    const old =
      before &&
      rolloutsIn(before).find(
        (each) => each.environment === environment && each.object.metadata.name === object.metadata.name,
      );
    return { rollout, now: courseOf(after, rollout), was: old && courseOf(before as Tree, old) };
  });
  if (drawn.length === 0) return html`<p class="soft">No Rollout has a canary.</p>`;
  const shown = drawn.filter(({ now, was }) => !was || JSON.stringify(was) !== JSON.stringify(now));
  if (shown.length === 0) return undefined;
  const whole = Math.max(60, ...shown.flatMap(({ now, was }) => [now.end, was?.end ?? 0])) * 1.18;
  return html`${shown.map(({ rollout, now, was }) => canaryOf(rollout, now, was, whole))}
<p class="soft">Time for new pods to become ready is not in it, nor what an analysis step waits. Dots: an analysis asks.${before && ' Dashed: before.'}</p>`;
}

function rolloutsIn(tree: Tree): RolloutManifest[] {
  return tree.ofKind('Rollout').filter(({ object }) => object.spec?.strategy?.canary);
}

/** What a canary goes through. */
interface Course {
  readonly plan: readonly Step[];
  readonly end: number;
  readonly asked: readonly { readonly name: string; readonly at: number }[];
}

function courseOf(tree: Tree, rollout: RolloutManifest): Course {
  const { steps = [], analysis = {} } = rollout.object.spec?.strategy?.canary ?? {};
  const plan = planOf(steps, (held) => Math.max(0, ...probesOf(tree, rollout, held).map(({ most }) => most)));
  const end = plan.at(-1)?.from ?? 0;
  const start = startOf(steps, analysis);
  const asked = probesOf(tree, rollout, analysis).flatMap(({ name, delay, interval }) =>
    Array.from({ length: Math.max(0, Math.floor((end - start - delay) / interval) + 1) }, (_, i) => ({
      name,
      at: start + delay + (i === 0 ? 0 : i * interval),
    })),
  );
  return { plan, end, asked };
}

function canaryOf(
  { environment, object }: RolloutManifest,
  now: Course,
  was: Course | undefined,
  whole: number,
): Markup {
  const x = (second: number) => left + ((width - left - 6) * second) / whole;
  const y = (weight: number) => height - bottom - ((height - bottom - 12) * weight) / 100;
  const line = ({ plan }: Course) =>
    `M${left} ${y(0)}${plan.map(({ weight, from, lasts }) => `V${y(weight).toFixed(1)}H${x(Math.min(whole, from + (lasts ?? endless))).toFixed(1)}`).join('')}`;
  const { plan, end, asked } = now;
  const judged = [...new Set(asked.map(({ name }) => name))].map((name) => {
    const times = asked.filter((each) => each.name === name).map(({ at }) => minutes(at));
    return html`<li>${name} is asked after ${times.join(', ')}</li>`;
  });
  const words = wordsOf(plan);
  return html`<h3>${environment}: ${object.metadata.name}, ${was && was.end !== end && `${minutes(was.end)} → `}${minutes(end)}</h3>
<figure class="time"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Share of the new version in ${environment}: ${words}">
${[0, 50, 100].map((weight) => html`<path class="axis" d="M${left} ${y(weight)}H${width - 6}"/><text x="${left - 5}" y="${y(weight) + 4}" text-anchor="end">${weight} %</text>`)}
<path class="canary" d="${line(now)}V${y(0)}Z"/>${was && html`<path class="before" d="${line(was)}"/>`}
${plan.map(({ weight, from }, i) => html`<text class="w" x="${(x(from) + 6).toFixed(1)}" y="${(y(weight) + (weight > 25 ? 14 : -4)).toFixed(1)}">${weight} %</text>${i > 0 && x(from) - x(plan[i - 1]?.from ?? 0) < 34 ? '' : html`<text x="${x(from).toFixed(1)}" y="${height - 8}" text-anchor="middle">${minutes(from)}</text>`}`)}
${asked.map(({ name, at }) => html`<circle class="probe" cx="${x(at).toFixed(1)}" cy="${y(0) - 5}" r="3.5"><title>${name} after ${minutes(at)}</title></circle>`)}
</svg></figure>
<p>${was && wordsOf(was.plan) !== words && html`<span class="soft">Before: ${wordsOf(was.plan)}.</span> `}${words}.</p>${judged.length > 0 && html`<details><summary>When it is judged</summary><ul>${judged}</ul></details>`}`;
}

function wordsOf(plan: readonly Step[]): string {
  return [
    ...plan
      .slice(0, -1)
      .map(
        ({ weight, lasts, more }) =>
          `${weight} % ${lasts === undefined ? 'until somebody goes on' : `for ${minutes(lasts)}`}${more > 0 ? ` and up to ${minutes(more)} more` : ''}`,
      ),
    `then ${plan.at(-1)?.weight ?? 100} %`,
  ].join(', ');
}

type Steps = readonly {
  readonly setWeight?: number;
  readonly pause?: { readonly duration?: string | number };
  readonly analysis?: Analysis;
}[];

function planOf(steps: Steps, holds: (analysis: Analysis) => number): Step[] {
  const plan: Step[] = [];
  let [weight, from, lasts, more]: [number, number, number | undefined, number] = [0, 0, 0, 0];
  const keep = () => {
    if (lasts === undefined || lasts > 0 || more > 0) plan.push({ weight, from, lasts, more });
    from += lasts ?? endless;
    lasts = 0;
    more = 0;
  };
  for (const { setWeight, pause, analysis } of steps) {
    if (analysis) more += holds(analysis);
    if (typeof setWeight === 'number') {
      keep();
      weight = setWeight;
    } else if (pause) {
      const more = secondsOf(pause.duration);
      lasts = more === undefined || lasts === undefined ? undefined : lasts + more;
    }
  }
  keep();
  // After its last step a canary is the stable version.
  return [...plan, { weight: 100, from, lasts: Number.POSITIVE_INFINITY, more: 0 }];
}

/** When an analysis begins: with the step that the Rollout names, else with the first. */
function startOf(steps: Steps, { startingStep = 0 }: Analysis): number {
  return steps
    .slice(0, startingStep)
    .reduce((sum, { pause }) => sum + (secondsOf(pause?.duration) ?? (pause ? endless : 0)), 0);
}

/** When each metric of an analysis is asked first, how often, and until when at the most. */
function probesOf(tree: Tree, rollout: RolloutManifest, analysis: Analysis) {
  return metricsOf(tree, rollout, analysis).map(({ metric }) => {
    const [delay, interval] = [
      secondsOf(metric.initialDelay) ?? 0,
      secondsOf(metric.interval) || Number.POSITIVE_INFINITY,
    ];
    const more = Number(metric.count ?? 1) - 1;
    return { name: String(metric.name), delay, interval, most: delay + (more > 0 ? more * interval : 0) };
  });
}

function minutes(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${(seconds / 60).toFixed(1)} min`;
}
