import { backendsOf } from '../../balancer/routes';
import { analysesOf, isNamed, metricsOf, routesOf, templateOfAnalysis } from '../../model/rollouts';
import { selectedBy, selectorOf } from '../../model/selection';
import { ofKinds } from '../../rule-of';

export const rolloutServices = ofKinds(
  'rollout-services',
  ['Rollout'],
  function* ({ spec, metadata: { namespace } }, manifest, tree) {
    const { canary } = spec?.strategy ?? {};
    const { rootService = canary?.stableService, servicePort: port } = canary?.trafficRouting?.alb ?? {};
    for (const { kind, name, path } of routesOf(manifest)) {
      if (kind === 'Ingress') {
        const found = tree.find('Ingress', namespace, name);
        // The controller looks at the rules only: a default backend is not seen.
        const leads = backendsOf(found?.object.spec).some(
          ({ path: at, service }) =>
            at[1] === 'rules' && service?.name === rootService && service?.port?.name === 'use-annotation',
        );
        if (!found) yield [`Ingress ${name} does not exist`, ...path];
        else if (!leads)
          yield [`Ingress ${name} has no path to ${rootService} with port \`use-annotation\``, ...path];
        continue;
      }
      const found = tree.find('Service', namespace, name);
      if (!found) yield [`Service ${name} does not exist`, ...path];
      else if (selectorOf(found) && !selectedBy(tree, found).some(({ owner }) => owner === manifest))
        yield [`Service ${name} does not select its pods`, ...path];
      else if (port !== undefined && !found.object.spec?.ports?.some((each) => each.port === port))
        yield [`Service ${name} has no port ${port}, which is \`servicePort\``, ...path];
    }
  },
);

export const analysisTemplate = ofKinds('analysis-template', ['Rollout'], function* (_, manifest, tree) {
  for (const [path, analysis] of analysesOf(manifest)) {
    const { templates = [], args = [], dryRun = [] } = analysis;
    // `GetDryRunMetrics` (utils/analysis/helpers.go) ends the analysis with an error.
    const metrics = metricsOf(tree, manifest, analysis);
    for (const [i, { metricName = '' }] of dryRun.entries())
      if (metrics.length > 0 && !metrics.some(({ metric }) => isNamed(metricName, metric.name ?? '')))
        yield [`${metricName} is the name of none of its metrics`, ...path, 'dryRun', i, 'metricName'];
    for (const [i, each] of templates.entries()) {
      const template = templateOfAnalysis(tree, manifest, each);
      const at = [...path, 'templates', i, 'templateName'];
      const given = args.map(({ name }) => name);
      const open = (template?.object.spec?.args ?? []).flatMap(({ name, value, valueFrom }) =>
        value === undefined && !valueFrom && !given.includes(name) ? [name] : [],
      );
      const kind = each.clusterScope ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
      if (!template) yield [`${kind} ${each.templateName} does not exist`, ...at];
      else if (open.length > 0) yield [`${each.templateName} is not given ${open.join(', ')}`, ...at];
    }
  }
});
