import { load } from 'js-yaml';
import { type KubernetesObject, Tree } from '../../../review/model/tree';
import { canaries } from '../../../review/page/canary';
import { connectionBars } from '../../../review/page/connections';
import { html } from '../../../review/page/markup';
import { pair } from '../../../review/page/pair';
import { shell } from '../../../review/page/shell';
import { topologies } from '../../../review/page/topology';
import { topologyPictures } from '../../../review/page/topology-picture';
import type { Facts } from '../../../review/rule';
import { settings, tree } from '../ours';

const facts: Facts = { tree, settings };

/** Our objects with one that is edited, or gone. */
function edited(kind: string, name: string, edit: (object: any) => unknown): Facts {
  const manifests = tree.manifests.flatMap((manifest) => {
    if (manifest.object.kind !== kind || manifest.object.metadata.name !== name) return [manifest];
    const object = structuredClone(manifest.object);
    return edit(object) === 'gone' ? [] : [{ ...manifest, object }];
  });
  return { tree: new Tree(manifests), settings };
}

const of = (environment: string, all = topologies(facts)) => {
  const found = all.find((each) => each.environment === environment);
  if (!found) throw new Error(`${environment} is not drawn`);
  return found;
};

const trace = (environment: string, from: string): string[] => {
  const { ways } = of(environment);
  const next = ways.filter(([start]) => start === from).map(([, end]) => end);
  return [...next, ...next.flatMap((each) => trace(environment, each))];
};

test('what is HTML in a value is text on the page, and markup is not escaped twice', () => {
  expect(html`<b title="${'"><script>'}">${[html`<i>${'a & b'}</i>`, false, undefined, 0]}</b>`.text).toBe(
    '<b title="&#34;&#62;&#60;script&#62;"><i>a &#38; b</i>0</b>',
  );
});

test('a page asks for nothing, runs nothing and forbids both', () => {
  const sections = [{ id: 'all', title: 'All', body: topologyPictures({ after: topologies(facts) }, false) }];
  const page = shell({ title: 'A title', verdict: 'a verdict', head: html``, sections, foot: 'foot' });
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
  expect(page.match(/<script|<link|<img|\bsrc=|href="[^#]|url\(|@import/g)).toBeNull();
});

test.each([
  ['production', 'ALB/eren'],
  ['staging', 'ALB/eren-shared'],
])('a request in %s goes from the load balancer to the database', (environment, from) => {
  const passed = trace(environment, from);
  expect(passed.slice(0, 1)).toEqual(['Ingress/eren-ingress']);
  for (const place of [
    'Service/eren-service',
    'Rollout/e-ren-rollout',
    'PgBouncer/in e-ren-rollout',
    'PostgreSQL/eren',
  ])
    expect(passed).toContain(place);
});

test('every way leads from a box to a box', () => {
  const loose = topologies(facts).flatMap(({ places, ways }) =>
    ways.flat().filter((end) => !places.some(({ id }) => id === end)),
  );
  expect(loose).toEqual([]);
});

test('a load balancer is that of the class, as far as the class lets it reach', () => {
  const balancers = (environment: string, of_: Facts) =>
    of(environment, topologies(of_))
      .places.filter(({ kind }) => kind === 'ALB')
      .map(({ name, says }) => `${name}: ${says}`);
  expect(balancers('cluster', facts).sort()).toEqual(['eren-internal: internal', 'eren-shared: internet-facing']);
  expect(balancers('production', facts)).toEqual(['eren: internet-facing']);
  const alone = (name: string) =>
    edited('IngressClassParams', name, ({ spec }) => {
      delete spec.group;
      delete spec.scheme;
    });
  expect(balancers('production', alone('alb'))).toEqual(['of its own: internet-facing']);
  const webhooks = balancers('cluster', alone('alb-shared'));
  expect(webhooks.filter((each) => each === 'of its own: internal')).toHaveLength(2);
});

test('what differs is marked on both sides, what is gone before and what is new after', () => {
  const after = edited('Deployment', 'eren-sidekiq', () => 'gone');
  const marked = (before: Facts, now: Facts) =>
    [
      ...topologyPictures({ before: topologies(before), after: topologies(now) }, true).text.matchAll(
        /class="box \w+ (\w+)"><title>(\w+ [\w-]+)/g,
      ),
    ].map(([, state, name]) => `${state} ${name}`);
  expect(marked(facts, after)).toContain('gone Deployment eren-sidekiq');
  expect(marked(after, facts)).toContain('new Deployment eren-sidekiq');
  const more = edited('HorizontalPodAutoscaler', 'e-ren-rollout', ({ spec }) => {
    spec.maxReplicas = 9;
  });
  expect(marked(facts, more).filter((each) => each === 'changed Rollout e-ren-rollout')).toHaveLength(4);
  expect(marked(facts, facts)).toEqual([]);
});

test('two states that look the same are shown once, and said to be so', () => {
  expect(pair(html`a`, html`a`, true).text).toContain('The same before and after.');
  expect(pair(html`a`, html`b`, true).text).toMatch(/Before.*a.*After.*b/);
});

test('more connections than there are stand out', () => {
  expect(connectionBars(facts).text).not.toContain('class="critical"');
  const more = edited('HorizontalPodAutoscaler', 'e-ren-rollout', ({ spec }) => {
    spec.maxReplicas = 40;
  });
  expect(connectionBars(more).text).toMatch(/class="critical">\d+ of 40 \(\d{3,} %\)/);
});

describe('the canary', () => {
  const rollout = (steps: string) => {
    const object = load(
      `{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web}, spec: {strategy: {canary: {steps: ${steps}}}}}`,
    ) as KubernetesObject;
    return canaries(new Tree([{ file: 'dist/a/web/Rollout.web.yaml', environment: 'a', chart: 'web', object }]))
      .text;
  };

  test.each([
    [
      'with pauses',
      '[{setWeight: 20}, {pause: {duration: 90s}}, {setWeight: 60}, {pause: {duration: 5m}}]',
      '20 % for 1.5 min, 60 % for 5 min, then 100 %.',
    ],
    [
      'with two pauses at one weight',
      '[{setWeight: 5}, {pause: {duration: 60}}, {pause: {duration: 1m}}]',
      '5 % for 2 min, then 100 %.',
    ],
    ['that waits for a person', '[{setWeight: 50}, {pause: {}}]', '50 % until somebody goes on, then 100 %.'],
    ['without steps', '[]', '<p>then 100 %.</p>'],
  ])('%s is told in words beside the picture', (_, steps, words) => {
    expect(rollout(steps)).toContain(words);
  });

  test('is asked by its analyses from the step where they begin until it ends', () => {
    const [production] = canaries(tree).text.split('<h3>staging');
    expect(production).toContain('datadog-5xx-rate-1 is asked after 3 min, 5 min, 7 min, 9 min');
  });

  test('may be held by its gates, as long as they look', () => {
    expect(canaries(tree).text).toContain(
      '20 % for 5 min and up to 12 min more, 50 % for 5 min and up to 12 min more, then 100 %.',
    );
  });

  test('is said to be missing where there is none', () => {
    expect(canaries(new Tree([])).text).toContain('No Rollout has a canary.');
  });
});
