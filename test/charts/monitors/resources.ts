import { ofKind } from '../../support/manifests';

/** What Datadog's operator is given, each with its JSON read. */
const resources = ofKind('DatadogGenericResource').map(({ metadata, spec }) => ({
  name: metadata.name,
  type: spec.type as string,
  json: JSON.parse(spec.jsonSpec),
}));
export const monitors = resources.filter(({ type }) => type === 'monitor');
export const alerting = resources.filter(({ type }) => type !== 'dashboard');
export const dashboards = resources.filter(({ type }) => type === 'dashboard');
export const pages = (json: any): boolean => json.tags.includes('pages:true');
