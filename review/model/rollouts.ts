import type { AnalysisTemplateSpecMetrics } from '../../imports/analysis-template-argoproj.io';
import type { RolloutSpecStrategyCanaryAnalysis } from '../../imports/rollout-argoproj.io';
import type { Loose } from './kinds';
import type { Objects } from './objects';
import type { Manifest, Steps } from './tree';

export type RolloutManifest = Manifest<'Rollout'>;
export type Analysis = Loose<RolloutSpecStrategyCanaryAnalysis>;
type Template = Manifest<'AnalysisTemplate' | 'ClusterAnalysisTemplate'>;

/** A Service or Ingress by which a Rollout sends requests to its pods. */
interface Route {
  readonly kind: 'Service' | 'Ingress';
  readonly name: string;
  /** Where the name stands in the Rollout. */
  readonly path: Steps;
  /** Whether the controller writes to the Service which version it selects. */
  readonly selects: boolean;
}

/** Every one that it names, in the order of its fields. */
export function routesOf({ object }: RolloutManifest): Route[] {
  const { canary, blueGreen } = object.spec?.strategy ?? {};
  const { alb } = canary?.trafficRouting ?? {};
  const routed = ['canary', 'trafficRouting', 'alb'];
  const named: [Route['kind'], string | undefined, Steps, selects?: boolean][] = [
    ['Service', canary?.canaryService, ['canary', 'canaryService'], true],
    ['Service', canary?.stableService, ['canary', 'stableService'], true],
    ['Service', canary?.pingPong?.pingService, ['canary', 'pingPong', 'pingService'], true],
    ['Service', canary?.pingPong?.pongService, ['canary', 'pingPong', 'pongService'], true],
    ['Service', blueGreen?.activeService, ['blueGreen', 'activeService'], true],
    ['Service', blueGreen?.previewService, ['blueGreen', 'previewService'], true],
    ['Service', alb?.rootService, [...routed, 'rootService']],
    ['Ingress', alb?.ingress, [...routed, 'ingress']],
    ...(alb?.ingresses ?? []).map((name, i): (typeof named)[number] => [
      'Ingress',
      name,
      [...routed, 'ingresses', i],
    ]),
  ];
  return named.flatMap(([kind, name, path, selects = false]) =>
    name ? [{ kind, name, path: ['spec', 'strategy', ...path], selects }] : [],
  );
}

/** Those of the whole canary, of its steps, and before and after a promotion, each where it stands. */
export function* analysesOf({ object }: RolloutManifest): Generator<[Steps, Analysis]> {
  const { canary = {}, blueGreen = {} } = object.spec?.strategy ?? {};
  const strategy = ['spec', 'strategy'];
  if (canary.analysis) yield [[...strategy, 'canary', 'analysis'], canary.analysis];
  for (const [i, { analysis }] of (canary.steps ?? []).entries())
    if (analysis) yield [[...strategy, 'canary', 'steps', i, 'analysis'], analysis];
  for (const field of ['prePromotionAnalysis', 'postPromotionAnalysis'] as const)
    if (blueGreen[field]) yield [[...strategy, 'blueGreen', field], blueGreen[field]];
}

/** One metric of an analysis, and where it stands. */
export interface Metric {
  readonly manifest: Template;
  readonly metric: Loose<AnalysisTemplateSpecMetrics>;
  readonly path: Steps;
}

type Reference = NonNullable<Analysis['templates']>[number];

/** The template that an analysis names, if it exists. */
export function templateOfAnalysis(
  objects: Objects,
  { object }: RolloutManifest,
  { templateName = '', clusterScope }: Reference,
): Template | undefined {
  return clusterScope
    ? objects.find('ClusterAnalysisTemplate', undefined, templateName)
    : objects.find('AnalysisTemplate', object.metadata.namespace, templateName);
}

/** Metrics of the templates that an analysis names and that exist. */
export function metricsOf(objects: Objects, rollout: RolloutManifest, { templates = [] }: Analysis): Metric[] {
  return templates.flatMap((each) => {
    const template = templateOfAnalysis(objects, rollout, each);
    return template ? metricsIn(template) : [];
  });
}

export function metricsIn(manifest: Template): Metric[] {
  const { metrics = [] } = manifest.object.spec ?? {};
  return metrics.map((metric, i) => ({ manifest, metric, path: ['spec', 'metrics', i] }));
}

/** Whether a pattern names a metric; one of Go's that JavaScript does not read names nothing. */
export function isNamed(pattern: string, metric: string): boolean {
  try {
    return new RegExp(pattern).test(metric);
  } catch {
    return false;
  }
}
