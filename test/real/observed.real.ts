import { measured } from './figures';
import { type Request, send } from './load';
import { Manifests } from './manifests';
import type { Pod } from './pods';
import { until } from './processes';
import { type Recorded, type Recorder, sentryItems } from './recorders';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

/** The tag of the committed image: Sentry's release and Datadog's version. */
const release = new Manifests('production')
  .one('Rollout', 'e-ren-rollout')
  .spec.strategy.canary.analysis.args.find(({ name }: { name: string }) => name === 'version').value as string;

let stage: Stage;
let pod: Pod;
let sidekiq: Pod;
let sentry: Recorder<Recorded>;
let datadog: { traces: Recorder<Recorded>; statistics: Recorder<string> };
prepare(async () => {
  stage = await Stage.open('observed');
  sentry = await stage.recordSentry();
  datadog = await stage.recordDatadog();
  [pod, sidekiq] = await Promise.all([stage.pod('web').start(), stage.pod('sidekiq').start()]);
});
afterAll(async () => {
  sentry?.close();
  datadog?.traces.close();
  datadog?.statistics.close();
  await stage?.close();
});

const ask = (request: Request) => send({ address: pod.address, port: 3000 }, request);
const items = (type: string) => sentryItems(sentry.received).filter((item) => item.type === type);

shows('Sentry gets the error that was raised, with the release, and no e-mail address', async () => {
  expect((await ask({ path: '/raise' })).status).toBe(500);
  const [event] = await until('the event', 20, () => (items('event').length > 0 ? items('event') : undefined));
  expect(event?.payload).toMatchObject({ release, environment: 'production' });
  expect(event?.payload.exception.values[0]).toMatchObject({
    type: 'RuntimeError',
    value: 'raised on purpose, for [email] (RuntimeError)',
  });
});

shows(
  'Sentry gets a session for each request and none for a probe, and the canary is judged by them',
  async () => {
    await Promise.all(
      Array.from({ length: 100 }, (_, user) => ask({ path: user % 10 === 0 ? '/raise' : '/posts', user })),
    );
    // 101 with the one above; the workers send theirs once a minute.
    const sums = () => sessions(items('sessions').map(({ payload }) => payload));
    await until('all sessions', 100, () => sums().total === 101, 500);
    expect(sums()).toEqual({ total: 101, errored: 11 });
    const verdict = judge(sums());
    measured(
      'Sentry sessions of 101 requests, 11 of which raise',
      `${sums().total}, ${sums().errored} errored: the canary ${verdict}`,
    );
    expect(verdict).toBe('fails');
    expect(judge({ total: 101, errored: 5 })).toBe('passes');
  },
);

interface Sessions {
  readonly total: number;
  readonly errored: number;
}

function sessions(payloads: readonly any[]): Sessions {
  let total = 0;
  let errored = 0;
  for (const { attrs, aggregates } of payloads)
    for (const aggregate of attrs.release === release && attrs.environment === 'production' ? aggregates : []) {
      errored += aggregate.errored ?? 0;
      total += (aggregate.exited ?? 0) + (aggregate.errored ?? 0);
    }
  return { total, errored };
}

/** By the AnalysisTemplate's own condition: least sessions, and the share of them that may be errored. */
function judge({ total, errored }: Sessions): 'passes' | 'fails' {
  const [metric] = new Manifests('production').one('AnalysisTemplate', 'sentry-error-rate').spec.metrics;
  const found = /sessions < (\d+) \|\| errored <= ([\d.]+) \* sessions$/.exec(metric.successCondition);
  if (!found) throw new Error(`another successCondition: ${metric.successCondition}`);
  return total < Number(found[1]) || errored <= Number(found[2]) * total ? 'passes' : 'fails';
}

shows("the app's numbers reach the node's agent, with the tags that the dashboards ask for", async () => {
  await ask({ method: 'POST', path: '/posts?title=counted' });
  const line = await until('the datagram', 10, () =>
    datadog.statistics.received.find((each) => each.startsWith('eren.events.registrations')),
  );
  expect(line).toBe(`eren.events.registrations:1|c|#env:production,service:eren-web,version:${release}`);
  const queues = () =>
    new Set(
      datadog.statistics.received
        .filter((each) => each.startsWith('eren.sidekiq.queue.latency'))
        .map((each) => /queue:([^,]+)/.exec(each)?.[1]),
    );
  await until('the latency of every queue', 40, () => queues().size >= 5, 500);
  expect(queues()).toEqual(new Set(['mailers', 'e-score', 'default', 'geocoding', 'maintenance']));
  expect(sidekiq.trouble).toEqual([]);
});

shows("a trace reaches the node's agent, from a tracer that has nothing but the pod's variables", async () => {
  const trace =
    "from ddtrace import tracer\nwith tracer.trace('rack.request', resource='PostsController#index'): pass\ntracer.shutdown()";
  const { status, said } = await pod.container('e-ren').exec(['/opt/python/bin/python', '-c', trace], 60);
  expect({ status, said }).toMatchObject({ status: 0 });
  const sent = await until('the trace', 10, () =>
    datadog.traces.received.find(({ path }) => /^\/v0\.\d\/traces$/.test(path)),
  );
  const text = sent.body.toString('latin1');
  for (const part of ['rack.request', 'eren-web', 'production', release]) expect(text).toContain(part);
});
