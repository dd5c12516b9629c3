import type { Manifest, Tree } from './tree';

/** Analyses of the whole canary, of its steps, and before and after a promotion. */
export function* analysesOf({ object }: Manifest): Generator<[(string | number)[], any]> {
  const { canary = {}, blueGreen = {} } = object.spec?.strategy ?? {};
  const strategy = ['spec', 'strategy'];
  if (canary.analysis) yield [[...strategy, 'canary', 'analysis'], canary.analysis];
  for (const [i, step] of (canary.steps ?? []).entries())
    if (step?.analysis) yield [[...strategy, 'canary', 'steps', i, 'analysis'], step.analysis];
  for (const field of ['prePromotionAnalysis', 'postPromotionAnalysis'])
    if (blueGreen[field]) yield [[...strategy, 'blueGreen', field], blueGreen[field]];
}

/** One metric of an analysis, and where it stands. */
export interface Metric {
  readonly manifest: Manifest;
  readonly metric: any;
  readonly path: readonly (string | number)[];
}

/** Metrics of the templates that an analysis names and that exist. */
export function metricsOf(tree: Tree, { object }: Manifest, { templates = [] }: any): Metric[] {
  return templates.flatMap(({ templateName, clusterScope }: any) => {
    const manifest = clusterScope
      ? tree.find('ClusterAnalysisTemplate', undefined, templateName)
      : tree.find('AnalysisTemplate', object.metadata.namespace, templateName);
    return manifest ? metricsIn(manifest) : [];
  });
}

export function metricsIn(manifest: Manifest): Metric[] {
  const metrics: any[] = manifest.object.spec?.metrics ?? [];
  return metrics.map((metric, i) => ({ manifest, metric, path: ['spec', 'metrics', i] }));
}
