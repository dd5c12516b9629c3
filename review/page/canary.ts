import { secondsOf } from '../duration';
import { listOf } from '../pods';
import type { Manifest, Tree } from '../tree';
import { html, type Markup } from './markup';

const [width, height, left, bottom] = [420, 150, 44, 26];
/** A pause without an end waits for a person; it is drawn as long as this share of the others. */
const endless = 300;

interface Step {
  readonly weight: number;
  readonly from: number;
  /** Seconds; undefined until somebody goes on. */
  readonly lasts: number | undefined;
}

/** How much of the traffic a new version has, minute by minute, and when it is asked how it does. */
export function canaries(tree: Tree): Markup {
  const rollouts = tree.ofKind('Rollout').filter(({ object }) => object.spec?.strategy?.canary);
  if (rollouts.length === 0) return html`<p class="soft">No Rollout has a canary.</p>`;
  return html`${rollouts.map((rollout) => canaryOf(tree, rollout))}`;
}

function canaryOf(tree: Tree, { environment, object }: Manifest): Markup {
  const { steps, analysis } = object.spec.strategy.canary;
  const plan = planOf(listOf(steps));
  const end = plan.at(-1)?.from ?? 0;
  const whole = Math.max(end * 1.18, 60);
  const x = (second: number) => left + ((width - left - 6) * second) / whole;
  const y = (weight: number) => height - bottom - ((height - bottom - 12) * weight) / 100;
  const line = plan.map(
    ({ weight, from, lasts }) =>
      `V${y(weight).toFixed(1)}H${x(Math.min(whole, from + (lasts ?? endless))).toFixed(1)}`,
  );
  const asked = templatesOf(tree, object, analysis).flatMap(({ name, delay, interval }) =>
    Array.from(
      { length: Math.max(0, Math.floor((end - startOf(listOf(steps), analysis) - delay) / interval) + 1) },
      (_, i) => ({
        name,
        at: startOf(listOf(steps), analysis) + delay + (i === 0 ? 0 : i * interval),
      }),
    ),
  );
  const words = [
    ...plan
      .slice(0, -1)
      .map(
        ({ weight, lasts }) =>
          `${weight} % ${lasts === undefined ? 'until somebody goes on' : `for ${minutes(lasts)}`}`,
      ),
    `then ${plan.at(-1)?.weight ?? 100} %`,
  ].join(', ');
  const judged = [...new Set(asked.map(({ name }) => name))].map((name) => {
    const times = asked.filter((each) => each.name === name).map(({ at }) => minutes(at));
    return html`<li>${name} is asked after ${times.join(', ')}</li>`;
  });
  return html`<h3>${environment}: ${object.metadata.name}, ${minutes(end)}</h3>
<figure class="time"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Share of the new version in ${environment}: ${words}">
${[0, 50, 100].map((weight) => html`<path class="axis" d="M${left} ${y(weight)}H${width - 6}"/><text x="${left - 5}" y="${y(weight) + 4}" text-anchor="end">${weight} %</text>`)}
<path class="canary" d="M${left} ${y(0)}${line.join('')}V${y(0)}Z"/>
${plan.map(({ weight, from }) => html`<text class="w" x="${(x(from) + 6).toFixed(1)}" y="${(y(weight) + 14).toFixed(1)}">${weight} %</text><text x="${x(from).toFixed(1)}" y="${height - 8}" text-anchor="middle">${minutes(from)}</text>`)}
${asked.map(({ name, at }) => html`<circle class="probe" cx="${x(at).toFixed(1)}" cy="${y(0) - 5}" r="3.5"><title>${name} after ${minutes(at)}</title></circle>`)}
</svg></figure>
<p>${words}.</p>${judged.length > 0 && html`<ul>${judged}</ul>`}
<p class="soft">Time for new pods to become ready is not in it. Dots: an analysis asks.</p>`;
}

function planOf(steps: readonly any[]): Step[] {
  const plan: Step[] = [];
  let [weight, from, lasts]: [number, number, number | undefined] = [0, 0, 0];
  const keep = () => {
    if (lasts === undefined || lasts > 0) plan.push({ weight, from, lasts });
    from += lasts ?? endless;
    lasts = 0;
  };
  for (const { setWeight, pause } of steps) {
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
  return [...plan, { weight: 100, from, lasts: Number.POSITIVE_INFINITY }];
}

/** When an analysis begins: with the step that the Rollout names, else with the first. */
function startOf(steps: readonly any[], analysis: any): number {
  return steps
    .slice(0, Number(analysis?.startingStep ?? 0))
    .reduce((sum, { pause }) => sum + (secondsOf(pause?.duration) ?? (pause ? endless : 0)), 0);
}

function templatesOf(tree: Tree, { metadata }: Manifest['object'], analysis: any) {
  return listOf(analysis?.templates).flatMap(({ templateName }) => {
    const template = tree.find('AnalysisTemplate', metadata.namespace, templateName)?.object;
    return listOf(template?.spec?.metrics).map((metric) => ({
      name: String(metric.name),
      delay: secondsOf(metric.initialDelay) ?? 0,
      interval: secondsOf(metric.interval) || Number.POSITIVE_INFINITY,
    }));
  });
}

function minutes(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${(seconds / 60).toFixed(1)} min`;
}
