import type { Look } from './delivery';

/**
 * The moments at which a Service had fewer ready pods than carry its share of the requests, of as many as the
 * autoscaler wants; `stable` and `canary` alike.
 *
 * Pods are read after the weights of a look and before those of the next: only what both need is due.
 */
export function overloaded(looks: readonly Look[], replicas: number): string[] {
  return looks.slice(0, -1).flatMap((look, i) =>
    Object.entries(look.weights).flatMap(([service, weight]) => {
      const least = Math.min(weight, looks[i + 1]?.weights[service] ?? 0);
      const due = Math.ceil((replicas * least) / 100 - 1e-9);
      const ready = look.ready[look.behind[service] ?? ''] ?? 0;
      return ready < due
        ? [`at ${look.at.toFixed(1)} s ${service} had ${ready} ready pods for ${least} %, ${due} are due`]
        : [];
    }),
  );
}

/** The fewest pods that the autoscaler has wanted; what it wants more is not there at once. */
export function fewest(looks: readonly Look[]): number {
  return Math.min(...looks.map(({ replicas }) => replicas));
}

/** The moments at which the weights were not the whole. */
export function partial(looks: readonly Look[]): string[] {
  return looks
    .filter(({ weights }) => Object.values(weights).reduce((all, each) => all + each, 0) !== 100)
    .map(({ at, weights }) => `at ${at.toFixed(1)} s ${JSON.stringify(weights)}`);
}

/** The moments at which requests went to a target group without a pod that could answer, whatever the Ingress said. */
export function unanswered(looks: readonly Look[]): string[] {
  return looks.flatMap(({ at, live }) =>
    Object.entries(live)
      .filter(([, { weight, targets }]) => weight > 0 && targets === 0)
      .map(([service, { weight }]) => `at ${at.toFixed(1)} s ${weight} % went to ${service}, which had no target`),
  );
}
