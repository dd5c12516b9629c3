import { compare, demands } from './demands';
import { type Fact, judgeFacts } from './facts';
import type { Field, FieldJudge } from './field';
import rules from './rollouts.json';
import { deadline, rolling, workload } from './workloads';

const shorthands = { $canary: 'spec.strategy.canary', $routing: 'spec.strategy.canary.trafficRouting' };

/** What the controller calls InvalidSpec, and then deploys nothing. */
function rollout(object: Field): void {
  const spec = object.at('spec');
  judgeFacts(object, rules.Rollout as readonly Fact[], shorthands);
  compare(spec, demands['apps/DeploymentSpec'] ?? {});
  if (!spec.at('workloadRef').isSet) {
    const containers = spec.at('template', 'spec', 'containers');
    if (containers.isEmpty) containers.refuse('is required');
    workload(spec);
  }
  deadline(spec);
  rolling(spec.at('strategy', 'canary'), '25%', '25%');
}

/** What its webhook refuses: `Delete` and `Merge` need a Secret of its own, or one at all. */
function externalSecret(object: Field): void {
  judgeFacts(object, rules.ExternalSecret as readonly Fact[], shorthands);
  const [made, deleted] = ['creationPolicy', 'deletionPolicy'].map((field) => object.at('spec', 'target', field));
  const owns = ['', 'Owner', 'Orphan'].includes(made?.text ?? '');
  if ((deleted?.text === 'Delete' && !owns) || (deleted?.text === 'Merge' && made?.text === 'None'))
    deleted.refuse(`cannot be ${deleted.text} where creationPolicy is ${made?.text}`);
}

/** What the controller ends an analysis with before the first measurement, or calls the Rollout InvalidSpec for. */
function analysisTemplate(object: Field): void {
  judgeFacts(object, rules.AnalysisTemplate as readonly Fact[], shorthands);
  const names = new Set(object.at('spec', 'args').elements.map((each) => `args.${each.at('name').text}`));
  for (const metric of object.at('spec', 'metrics').elements) {
    limits(metric);
    datadog(metric.at('provider', 'datadog'));
    unresolved(metric, names);
  }
}

function limits(metric: Field): void {
  const of = (field: string) => Number.parseInt(String(metric.at(field).value ?? 0), 10) || 0;
  const [count, failures, successes] = [of('count'), of('failureLimit'), of('consecutiveSuccessLimit')];
  if (count > 1 && metric.at('interval').isEmpty) metric.at('interval').refuse(`is required: count is ${count}`);
  if (failures === -1 && successes === 0)
    metric.at('failureLimit').refuse('is -1, which needs a consecutiveSuccessLimit: nothing would decide');
  const least = Math.max(Math.max(failures, 0) + Math.max(successes, 0), of('inconclusiveLimit'));
  if (count > 0 && count < least) metric.at('count').refuse(`is ${count}, the limits need ${least}`);
}

function datadog(of: Field): void {
  const [version, query, formula, aggregator] = ['apiVersion', 'query', 'formula', 'aggregator'].map((field) =>
    of.at(field),
  ) as [Field, Field, Field, Field];
  const queries = of.at('queries').entries;
  if (version.text === 'v1' && queries.length > 0) version.refuse('is v1, which has no queries; use v2');
  if (version.text === 'v1' && !aggregator.isEmpty) aggregator.refuse('cannot be set with apiVersion v1');
  if (formula.isEmpty && queries.length > 1) formula.refuse('is required: there are several queries');
  if (!formula.isEmpty && !query.isEmpty) formula.refuse('is of queries, and there is a query alone');
}

/** Every `{{…}}` that no argument fills in, wherever it stands in a metric. */
function unresolved(of: Field, names: ReadonlySet<string>): void {
  for (const [, tag = ''] of of.text.matchAll(/\{\{(.*?)(?:\}\}|$)/gs))
    if (!names.has(tag.trim())) of.refuse(`{{${tag}}} is not one of its args`);
  for (const inner of [...of.elements, ...of.entries]) unresolved(inner, names);
}

/** What the controller of a custom kind refuses, by group and kind. */
export const controllers: Readonly<Record<string, FieldJudge>> = {
  'argoproj.io/Application': (object) => judgeFacts(object, rules.Application, shorthands),
  'elbv2.k8s.aws/IngressClassParams': (object) => judgeFacts(object, rules.IngressClassParams, shorthands),
  'external-secrets.io/ExternalSecret': externalSecret,
  'argoproj.io/AnalysisTemplate': analysisTemplate,
  'argoproj.io/Rollout': rollout,
};
