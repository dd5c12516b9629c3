import { secondsOf } from '../../duration';
import type { Rule } from '../../rule';
import type { Manifest, Tree } from '../../tree';
import { analysesOf } from '../references/delivery';

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
  why: 'A bad version reaches 100 % before it can be judged, and then serves everybody.',
  fix: 'Lengthen the pauses, or shorten `initialDelay`, `interval` or the limits of the metric: initial delay + interval × failures needed must be below the sum of the pauses.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { analysis, steps = [] } = manifest.object.spec?.strategy?.canary ?? {};
      if (!analysis) continue;
      const judged = (steps as any[]).slice(analysis.startingStep ?? 0);
      // A pause without an end waits for a person, who sees the analysis.
      if (judged.some((step) => step?.pause && step.pause.duration === undefined)) continue;
      const paused = judged.reduce((sum, step) => sum + (secondsOf(step?.pause?.duration) ?? 0), 0);
      for (const metric of metricsOf(tree, manifest, analysis)) {
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

/** Seconds until as many measurements have failed as are not tolerated any more. */
function needs({ initialDelay, interval, failureLimit = 0, inconclusiveLimit = 0, count }: any): number {
  const tolerated = Math.max(Number(failureLimit), Number(inconclusiveLimit));
  const measured = count ?? (interval === undefined ? 1 : Number.POSITIVE_INFINITY);
  if (Number(failureLimit) < 0 || Number(failureLimit) >= Number(measured)) return Number.POSITIVE_INFINITY;
  return (secondsOf(initialDelay) ?? 0) + (tolerated + 1) * (secondsOf(interval) ?? 0);
}

/** Metrics of the templates that an analysis names and that exist. */
function metricsOf(tree: Tree, rollout: Manifest, analysis: any): any[] {
  return templatesOf(tree, rollout, analysis).flatMap(({ object }) => object.spec?.metrics ?? []);
}

function templatesOf(tree: Tree, { object }: Manifest, { templates = [] }: any): Manifest[] {
  return templates.flatMap(
    ({ templateName, clusterScope }: any) =>
      (clusterScope
        ? tree.find('ClusterAnalysisTemplate', undefined, templateName)
        : tree.find('AnalysisTemplate', object.metadata.namespace, templateName)) ?? [],
  );
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
          ({ interval, count }) => interval !== undefined && count === undefined,
        );
        if (endless.length > 0)
          yield {
            manifest,
            path,
            message: `${endless.map(({ name }) => name).join(', ')} never ends: no \`count\``,
          };
      }
  },
};

/** Forms in which a condition is true when the provider has nothing to say. */
const silences = [
  // A missing value becomes a good one.
  /\bdefault\(\s*result/,
  /\bisNil\(\s*result\b[^)]*\)\s*(\|\||or\b|\?)/,
  /\bresult\S*\s*==\s*nil\s*(\|\||or\b)/,
  /\bisNaN\([^)]*\)\s*(\|\||or\b)/,
  /\blen\(\s*result\S*\s*\)\s*(==\s*0|<\s*1)\s*(\|\||or\b)/,
  /\bor\s+isN(il|aN)\(|\|\|\s*isN(il|aN)\(/,
  /(\|\||\bor\b)\s*len\(\s*result\S*\s*\)\s*(==\s*0|<\s*1)/,
];

/** Too little to judge counts as success: right for one metric, if another one decides. */
const abstains = /\b(\w+)\s*<=?\s*\d+\s*(\|\||\bor\b)/;

export const analysisWithoutData: Rule = {
  id: 'analysis-without-data',
  level: 'critical',
  title: 'No data is never success: an analysis that was told nothing does not pass.',
  why: 'A wrong query, an expired token or a renamed metric would promote every version from then on, and nobody would notice.',
  fix: 'Write both conditions so that neither holds without data (`!isNil(result) && result <= 0.05`): the measurement is then inconclusive and the Rollout waits for a person. One metric may abstain if another one in the same analysis does not.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('AnalysisTemplate', 'ClusterAnalysisTemplate'))
      for (const [i, metric] of (manifest.object.spec?.metrics ?? []).entries()) {
        const message = silent(metric);
        const field = metric?.successCondition ? ['successCondition'] : [];
        if (message) yield { manifest, path: ['spec', 'metrics', i, ...field], message };
      }
    for (const rollout of tree.ofKind('Rollout'))
      for (const [, analysis] of analysesOf(rollout)) {
        const metrics = templatesOf(tree, rollout, analysis).flatMap((manifest) =>
          (manifest.object.spec?.metrics ?? []).map((metric: any, i: number) => ({ manifest, metric, i })),
        );
        if (metrics.length === 0 || metrics.some(({ metric }) => !abstains.test(metric.successCondition ?? '')))
          continue;
        for (const { manifest, i } of metrics)
          yield {
            manifest,
            path: ['spec', 'metrics', i, 'successCondition'],
            message: 'abstains when there is little data, and no other metric of this analysis decides',
          };
      }
  },
};

function silent({ successCondition, failureCondition, provider = {} }: any): string | undefined {
  const found = silences.find((form) => form.test(successCondition ?? ''));
  if (found) return `is true without data: ${found.exec(successCondition)?.[0]}`;
  if (!successCondition && !failureCondition && !provider.job && !provider.kayenta)
    return 'has no condition: whatever is answered is success';
  if (!successCondition && failureCondition)
    return 'has only a failureCondition: whatever does not fail, no data too, is success';
  return undefined;
}
