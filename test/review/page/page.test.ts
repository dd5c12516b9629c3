import { load } from 'js-yaml';
import { type KubernetesObject, Tree } from '../../../review/model/tree';
import { billTable } from '../../../review/page/bill';
import { canaries } from '../../../review/page/canary';
import { connectionBars } from '../../../review/page/connections';
import { html } from '../../../review/page/markup';
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
  const sections = [{ id: 'all', title: 'All', body: topologyPictures({ after: topologies(facts) }) }];
  const page = shell({ title: 'A title', level: 'none', head: html``, sections, foot: 'foot' });
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

test('what differs is marked in one picture, and no environment without a difference is drawn', () => {
  const after = edited('Deployment', 'eren-sidekiq', () => 'gone');
  const drawn = (before: Facts, now: Facts, changed?: ReadonlySet<string>) =>
    topologyPictures({ before: topologies(before), after: topologies(now) }, changed).text;
  const marked = (...states: Parameters<typeof drawn>) =>
    [...drawn(...states).matchAll(/class="box \w+ (\w+)"><title>(\w+ [\w-]+)/g)].map(
      ([, state, name]) => `${state} ${name}`,
    );
  expect(marked(facts, after)).toContain('gone Deployment eren-sidekiq');
  expect(marked(after, facts)).toContain('new Deployment eren-sidekiq');
  const more = edited('HorizontalPodAutoscaler', 'e-ren-rollout', ({ spec }) => {
    spec.maxReplicas = 9;
  });
  expect(marked(facts, more).filter((each) => each === 'changed Rollout e-ren-rollout')).toHaveLength(2);
  expect(drawn(facts, more)).toContain('3–6 pods → 3–9 pods');
  expect(drawn(facts, facts)).toBe('');
  const image = drawn(facts, facts, new Set(['staging Rollout/e-ren-rollout']));
  expect([...image.matchAll(/<h3>(\w+)/g)].map(([, name]) => name)).toEqual(['staging']);
  expect(image).toContain('± e-ren-rollout');
});

test('people and the CDN are drawn, and what is in the cluster is not called by a name of AWS', () => {
  const kinds = (environment: string, all?: ReturnType<typeof topologies>) =>
    of(environment, all).places.map(({ kind, name, says }) => `${kind} ${name}: ${says}`);
  expect(kinds('production')).toEqual(
    expect.arrayContaining([
      'Users browsers: ',
      expect.stringMatching(/^CloudFront assets: assets\./),
      'Redis cache and jobs: ElastiCache',
    ]),
  );
  expect(kinds('staging')).toContain('Redis cache and jobs: StatefulSet/redis');
  const without = topologies(edited('StatefulSet', 'redis', () => 'gone'));
  expect(kinds('staging', without)).toContain('Redis cache and jobs: nobody behind its address');
});

test('no label is cut, and none is wider than its box', () => {
  const all = topologyPictures({ after: topologies(facts) }).text;
  expect(all).not.toContain('…');
  for (const { name, says } of topologies(facts).flatMap(({ places }) => places))
    for (const word of `${name} ${says}`.split(/(?<=[.\s,-])/)) expect(all).toContain(html`${word.trim()}`.text);
});

test('connections, canaries and the bill show what differs, both states on one scale', () => {
  const both = (after: Facts) => ({ before: facts, after });
  expect([connectionBars(both(facts)), canaries({ before: tree, after: tree }), billTable(both(facts))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const more = edited('HorizontalPodAutoscaler', 'e-ren-rollout', ({ spec }) => {
    spec.maxReplicas = 40;
  });
  const bars = connectionBars(both(more))?.text ?? '';
  // The same limit stands at the same place in every bar.
  expect(new Set([...bars.matchAll(/<em style="left:([\d.]+)%"/g)].map(([, left]) => left)).size).toBe(2);
  expect(bars).toMatch(/class="critical">\d+ → \d+ of 40 \(\d{3,} %\)/);
  // One connection is as long in the bars of both databases.
  const lengths = [
    ...(connectionBars({ after: facts })?.text ?? '').matchAll(/width:([\d.]+)%" title="[^"]+: ([1-9]\d*)"/g),
  ].map(([, width, count]) => Number(width) / Number(count));
  expect(lengths.length).toBeGreaterThan(4);
  expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(0.02);
  const slower = edited('Rollout', 'e-ren-rollout', ({ spec }) => {
    for (const step of spec.strategy.canary.steps) if (step.pause) step.pause.duration = '20m';
  });
  const canary = canaries({ before: tree, after: slower.tree })?.text ?? '';
  expect(canary).toContain('class="before"');
  expect(canary).toMatch(/<h3>production: e-ren-rollout, 10 min → 40 min/);
  const dearer: Facts = {
    tree,
    settings: {
      ...settings,
      cluster: {
        ...settings.cluster,
        nodeGroups: {
          ...settings.cluster.nodeGroups,
          app: { ...(settings.cluster.nodeGroups.app as any), min: 5 },
        },
      },
    },
  };
  const bill = billTable(both(dearer))?.text ?? '';
  expect(bill).toMatch(
    /<tr class=""><td>EC2 nodes, app <span class="soft">3 to 6 × t4g.large → 5 to 6 × t4g.large/,
  );
  expect(bill).toMatch(/\+\d+\.\d\d<\/td><\/tr>/);
  expect(bill).not.toContain('EKS control plane');
});

describe('the canary', () => {
  const rollout = (steps: string) => {
    const object = load(
      `{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web}, spec: {strategy: {canary: {steps: ${steps}}}}}`,
    ) as KubernetesObject;
    const after = new Tree([{ file: 'dist/a/web/Rollout.web.yaml', environment: 'a', chart: 'web', object }]);
    return canaries({ after })?.text;
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
    const [production] = canaries({ after: tree })?.text.split('<h3>staging') ?? [];
    expect(production).toContain('datadog-5xx-rate-1 is asked after 3 min, 5 min, 7 min, 9 min');
  });

  test('may be held by its gates, as long as they look', () => {
    expect(canaries({ after: tree })?.text).toContain(
      '20 % for 5 min and up to 12 min more, 50 % for 5 min and up to 12 min more, then 100 %.',
    );
  });

  test('is said to be missing where there is none', () => {
    expect(canaries({ after: new Tree([]) })?.text).toContain('No Rollout has a canary.');
  });
});
