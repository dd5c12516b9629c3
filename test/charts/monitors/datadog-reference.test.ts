import { ofKind } from '../../support/manifests';
import { committedReference, Judge } from './datadog-reference';

const judge = new Judge(committedReference());

/** What the Datadog operator asks first and later, by the type of the object. */
const requests: Readonly<Record<string, readonly string[]>> = {
  monitor: ['POST /api/v1/monitor', 'PUT /api/v1/monitor/1'],
  dashboard: ['POST /api/v1/dashboard', 'PUT /api/v1/dashboard/abc-def-ghi'],
  synthetics_api_test: ['POST /api/v1/synthetics/tests/api', 'PUT /api/v1/synthetics/tests/api/abc-def-ghi'],
};
const objects = ofKind('DatadogGenericResource');
const jsonOf = (name: string) => {
  const found = objects.find(({ metadata }) => metadata.name === name);
  return JSON.parse(found?.spec.jsonSpec);
};

test('whatever is written to Datadog is what its reference allows, when it is made and when it is changed', () => {
  const problems = objects.flatMap(({ metadata, spec }) =>
    (requests[spec.type] ?? [`no request for ${spec.type}`]).flatMap((request) =>
      judge
        .problems(request, JSON.parse(spec.jsonSpec))
        .map((problem) => `${metadata.name}: ${request} ${problem}`),
    ),
  );
  expect(problems).toEqual([]);
  expect(new Set(objects.map(({ spec }) => spec.type))).toEqual(new Set(Object.keys(requests)));
});

test.each<[string, string, string, (json: any) => void]>([
  ['an option with another name', 'monitor', 'latency', (json) => Object.assign(json.options, { renotify: 15 })],
  ['a type that is not one', 'monitor', 'latency', (json) => Object.assign(json, { type: 'metrics alert' })],
  [
    'a threshold in words',
    'monitor',
    'latency',
    (json) => Object.assign(json.options.thresholds, { critical: '2' }),
  ],
  ['half a minute', 'monitor', 'agent-silent', (json) => Object.assign(json.options, { renotify_interval: 0.5 })],
  ['what only Datadog writes', 'monitor', 'latency', (json) => Object.assign(json, { id: 1 })],
  ['what is deprecated', 'monitor', 'latency', (json) => Object.assign(json.options, { locked: true })],
  ['no query', 'monitor', 'latency', (json) => delete json.query],
  [
    'a graph of a kind that is not one',
    'dashboard',
    'dashboard-application',
    (json) => Object.assign(json.widgets[0].definition, { type: 'line' }),
  ],
  [
    'a formula with another name',
    'dashboard',
    'dashboard-application',
    (json) => Object.assign(json.widgets[0].definition.requests[0].formulas[0], { expression: 'a' }),
  ],
  ['no layout', 'dashboard', 'dashboard-application', (json) => delete json.layout_type],
  [
    'an assertion without an operator',
    'synthetics_api_test',
    'unreachable',
    (json) => delete json.config.assertions[0].operator,
  ],
  [
    'more often than Datadog asks',
    'synthetics_api_test',
    'unreachable',
    (json) => Object.assign(json.options, { tick_every: 5 }),
  ],
])('%s is refused', (_, type, name, spoil) => {
  const json = jsonOf(name);
  const [request = ''] = requests[type] ?? [];
  expect(judge.problems(request, json)).toEqual([]);
  spoil(json);
  expect(judge.problems(request, json)).not.toEqual([]);
});
