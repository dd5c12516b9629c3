import { load } from 'js-yaml';
import { subjectOf } from '../../review/check/subject';
import type { KubernetesObject } from '../../review/model/tree';
import { Tree } from '../../review/model/tree';
import { judgeObject } from '../../review/schema/judge';
import { files, settings } from '../support/manifests';
import { root } from '../support/root';

const { schemas } = subjectOf(root, new Tree([]), settings);
const web = 'dist/production/web';
const rollout = `${web}/Rollout.e-ren-rollout.yaml`;
const analysis = `${web}/AnalysisTemplate.datadog-gate-2.yaml`;
const secret = 'dist/production/web/ExternalSecret.eren-web.yaml';

/** What is wrong with one of our objects after a mistake, as `rule path`. */
function told(file: string, mistake: (object: any) => void): string[] {
  const object = load(files.get(file) ?? '') as KubernetesObject;
  mistake(object);
  return judgeObject(object, schemas).map(({ rule, path }) => `${rule} ${path.join('.')}`);
}
const container = (object: any) => object.spec.template.spec.containers[0];
const canary = ({ spec }: any) => spec.strategy.canary;
const at = 'spec.template.spec.containers.0';
const steps = 'spec.strategy.canary.steps';

const mistakes: readonly [file: string, mistake: (object: any) => void, told: string][] = [
  // A pod in a Rollout is a pod.
  [rollout, (of) => (container(of).resources.requests.cpu = '300x'), `bad-value ${at}.resources.requests.cpu`],
  [rollout, (of) => (container(of).resources.limits.memory = '512Mb'), `bad-value ${at}.resources.limits.memory`],
  [
    rollout,
    (of) => (container(of).resources.requests.memory = '896MB'),
    `bad-value ${at}.resources.requests.memory`,
  ],
  [rollout, (of) => (container(of).imagePullPolicy = 'Sometimes'), `bad-value ${at}.imagePullPolicy`],
  [rollout, (of) => (container(of).ports[0].containerPort = 99_999), `invalid-object ${at}.ports.0.containerPort`],
  [rollout, (of) => (container(of).ports[0].containerPort = 2 ** 33), `wrong-type ${at}.ports.0.containerPort`],
  [rollout, (of) => (container(of).ports[0].protocol = 'HTTP'), `bad-value ${at}.ports.0.protocol`],
  [rollout, (of) => (container(of).ports[0].name = 'a-very-long-port-name'), `invalid-object ${at}.ports.0.name`],
  [
    rollout,
    (of) => (of.spec.template.spec.terminationGracePeriodSeconds = -1),
    'invalid-object spec.template.spec.terminationGracePeriodSeconds',
  ],
  [rollout, (of) => (container(of).env[0].name = 'A=B'), `invalid-object ${at}.env.0.name`],
  [rollout, (of) => (container(of).volumeMounts[0].name = 'none'), `invalid-object ${at}.volumeMounts.0.name`],
  [
    rollout,
    (of) => (of.spec.template.metadata.labels.app = 'a b'),
    'invalid-object spec.template.metadata.labels.app',
  ],
  [
    rollout,
    (of) => delete of.spec.template.metadata.labels['app.kubernetes.io/name'],
    'invalid-object spec.selector',
  ],
  [
    rollout,
    (of) => (of.spec.template.spec.restartPolicy = 'Never'),
    'invalid-object spec.template.spec.restartPolicy',
  ],
  [
    rollout,
    (of) => (canary(of).canaryMetadata = { labels: { a: '-' } }),
    'invalid-object spec.strategy.canary.canaryMetadata.labels.a',
  ],
  // A job, labels, a selector and an autoscaler's behavior wherever else they stand.
  [
    analysis,
    ({ spec }) => (spec.metrics[0].provider = { job: job({ cpu: '1x' }) }),
    'bad-value spec.metrics.0.provider.job.spec.template.spec.containers.0.resources.requests.cpu',
  ],
  [
    analysis,
    ({ spec }) => (spec.metrics[0].provider = { job: job({}, 'Always') }),
    'invalid-object spec.metrics.0.provider.job.spec.template.spec.restartPolicy',
  ],
  [
    secret,
    ({ spec }) => (spec.target.template = { metadata: { labels: { 'a/b/c': 'x' } } }),
    'invalid-object spec.target.template.metadata.labels.a/b/c',
  ],
  // What the controller of Rollouts calls InvalidSpec.
  [rollout, (of) => (canary(of).steps[0].setWeight = 150), `invalid-object ${steps}.0.setWeight`],
  [rollout, (of) => (canary(of).steps[0].setWeight = -1), `invalid-object ${steps}.0.setWeight`],
  [rollout, (of) => (canary(of).steps[1] = {}), `invalid-object ${steps}.1`],
  [rollout, (of) => (canary(of).steps[0].pause = { duration: '1s' }), `invalid-object ${steps}.0.pause`],
  [rollout, (of) => (canary(of).steps[1].pause.duration = '1d'), `invalid-object ${steps}.1.pause.duration`],
  [rollout, (of) => (canary(of).steps[1].pause.duration = '-5m'), `invalid-object ${steps}.1.pause.duration`],
  [rollout, (of) => (canary(of).steps[1].pause.duration = -5), `invalid-object ${steps}.1.pause.duration`],
  [
    rollout,
    (of) => Object.assign(canary(of), { maxSurge: 0, maxUnavailable: 0 }),
    'invalid-object spec.strategy.canary.maxUnavailable',
  ],
  [
    rollout,
    (of) => Object.assign(canary(of), { maxSurge: '0%', maxUnavailable: 0 }),
    'invalid-object spec.strategy.canary.maxUnavailable',
  ],
  [
    rollout,
    (of) => (of.spec.strategy.blueGreen = { activeService: 'a' }),
    'invalid-object spec.strategy.blueGreen',
  ],
  [rollout, (of) => (of.spec.strategy = {}), 'invalid-object spec.strategy'],
  [rollout, (of) => (of.spec.minReadySeconds = 600), 'invalid-object spec.progressDeadlineSeconds'],
  [rollout, (of) => (of.spec.replicas = -1), 'invalid-object spec.replicas'],
  [rollout, (of) => delete of.spec.selector, 'invalid-object spec'],
  [
    rollout,
    (of) => delete canary(of).trafficRouting.alb.rootService,
    'invalid-object spec.strategy.canary.trafficRouting.alb.rootService',
  ],
  [
    rollout,
    (of) => delete canary(of).trafficRouting.alb.ingress,
    'invalid-object spec.strategy.canary.trafficRouting.alb',
  ],
  [
    rollout,
    (of) => (canary(of).pingPong.pongService = 'eren-web-ping'),
    'invalid-object spec.strategy.canary.pingPong.pongService',
  ],
  [rollout, (of) => delete canary(of).pingPong, 'invalid-object spec.strategy.canary.stableService'],
  [rollout, (of) => delete canary(of).trafficRouting, 'invalid-object spec.strategy.canary.scaleDownDelaySeconds'],
  [
    rollout,
    (of) => (canary(of).dynamicStableScale = true),
    'invalid-object spec.strategy.canary.dynamicStableScale',
  ],
  [
    rollout,
    (of) => (canary(of).trafficRouting.maxTrafficWeight = 1000),
    'invalid-object spec.strategy.canary.trafficRouting.maxTrafficWeight',
  ],
  [
    rollout,
    (of) => (canary(of).steps[0] = { setMirrorRoute: { name: 'a' } }),
    `invalid-object ${steps}.0.setMirrorRoute`,
  ],
  [
    rollout,
    (of) =>
      (canary(of).steps[0] = {
        setHeaderRoute: { name: 'a', match: [{ headerName: 'b', headerValue: { prefix: 'c' } }] },
      }),
    `invalid-object ${steps}.0.setHeaderRoute.match.0.headerValue.exact`,
  ],
  [rollout, (of) => (canary(of).antiAffinity = {}), 'invalid-object spec.strategy.canary.antiAffinity'],
  [
    rollout,
    (of) =>
      (canary(of).steps[2].analysis.args[0] = {
        name: 'version',
        valueFrom: { fieldRef: { fieldPath: 'metadata.generation' } },
      }),
    `invalid-object ${steps}.2.analysis.args.0.valueFrom.fieldRef.fieldPath`,
  ],
  // What it says of an analysis.
  [analysis, ({ spec }) => delete spec.metrics[0].interval, 'invalid-object spec.metrics.0.interval'],
  [analysis, ({ spec }) => (spec.metrics[0].interval = '2 minutes'), 'invalid-object spec.metrics.0.interval'],
  [analysis, ({ spec }) => (spec.metrics[0].interval = '60'), 'invalid-object spec.metrics.0.interval'],
  [analysis, ({ spec }) => (spec.metrics[0].initialDelay = '1d'), 'invalid-object spec.metrics.0.initialDelay'],
  [
    analysis,
    ({ spec }) => (spec.metrics[0].provider.web = { url: 'https://a' }),
    'invalid-object spec.metrics.0.provider.datadog',
  ],
  [analysis, ({ spec }) => (spec.metrics[0].provider = {}), 'invalid-object spec.metrics.0.provider'],
  [
    analysis,
    ({ spec }) => (spec.metrics[0].provider.datadog.query = 'q'),
    'invalid-object spec.metrics.0.provider.datadog.queries',
  ],
  [analysis, ({ spec }) => (spec.args = []), 'invalid-object spec.metrics.0.provider.datadog.queries.errors'],
  [
    analysis,
    ({ spec }) => (spec.metrics[0].successCondition = 'result < {{ args.most }}'),
    'invalid-object spec.metrics.0.successCondition',
  ],
  [analysis, ({ spec }) => (spec.metrics[0].failureLimit = 3), 'invalid-object spec.metrics.0.count'],
  [analysis, ({ spec }) => (spec.metrics[0].failureLimit = -2), 'invalid-object spec.metrics.0.failureLimit'],
  [
    analysis,
    ({ spec }) => Object.assign(spec.metrics[0], { failureLimit: -1, consecutiveSuccessLimit: 0 }),
    'invalid-object spec.metrics.0.failureLimit',
  ],
  [analysis, ({ spec }) => spec.metrics.push(spec.metrics[0]), 'invalid-object spec.metrics.1.name'],
  [analysis, ({ spec }) => (spec.metrics = []), 'invalid-object spec.metrics'],
];

function job(requests: object, restartPolicy = 'Never') {
  const containers = [{ name: 'a', image: 'a:1', resources: { requests } }];
  return { spec: { template: { spec: { restartPolicy, containers } } } };
}

test.each(mistakes)('a mistake in %s %# is told where it stands', (file, mistake, expected) => {
  expect(told(file, () => {})).toEqual([]);
  expect(told(file, mistake)).toContain(expected);
});

test('what the controller takes is taken', () => {
  const taken: readonly [string, (object: any) => void][] = [
    [rollout, (of) => (canary(of).steps[1].pause.duration = '300')],
    [rollout, (of) => (canary(of).steps[1].pause.duration = '1h30m')],
    [rollout, (of) => (canary(of).steps[1].pause = {})],
    [rollout, (of) => Object.assign(canary(of), { maxSurge: 0 })],
    [rollout, (of) => (of.spec.template.metadata.annotations = null)],
    [rollout, (of) => (of.metadata.labels = null)],
    [secret, ({ spec }) => (spec.target.template = { metadata: { labels: null } })],
    [
      analysis,
      ({ spec: { metrics } }) => {
        delete metrics[0].interval;
        Object.assign(metrics[0], { count: 1, failureLimit: 0 });
      },
    ],
    [
      analysis,
      ({ spec }) => {
        spec.args.push({ name: 'every', value: '1m' });
        spec.metrics[0].interval = '{{args.every}}';
      },
    ],
  ];
  expect(taken.flatMap(([file, change]) => told(file, change))).toEqual([]);
});

// Each was asked of a real API server, 1.35.4, by server-side apply.
test('the API server takes null for an object that a custom kind may leave out, and for nothing else', () => {
  expect(told(secret, ({ spec }) => (spec.target.template = null))).toEqual([]);
  expect(told(rollout, (of) => (of.spec.template.spec.containers[0].resources = null))).toEqual([]);
  expect(told(secret, ({ spec }) => (spec.secretStoreRef.name = null))).toContain(
    'wrong-type spec.secretStoreRef.name',
  );
  expect(told(secret, ({ spec }) => (spec.data = null))).toContain('wrong-type spec.data');
  expect(told(rollout, (of) => (of.spec.revisionHistoryLimit = null))).toContain(
    'wrong-type spec.revisionHistoryLimit',
  );
  expect(told(rollout, (of) => (canary(of).steps[0] = null))).toContain(`wrong-type ${steps}.0`);
  expect(told(rollout, (of) => (of.spec.template.spec.containers = null))).toContain(
    'missing-field spec.template.spec',
  );
});

test('the behavior of an autoscaler that KEDA makes is judged as Kubernetes judges it', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 4000 } };
  const scaled = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'a', namespace: 'b' },
    spec: {
      scaleTargetRef: { name: 'a' },
      triggers: [{ type: 'cpu', metadata: {} }],
      advanced: { horizontalPodAutoscalerConfig: { behavior } },
    },
  };
  const wrong = judgeObject(scaled, schemas).map(({ path }) => path.slice(-2).join('.'));
  expect(wrong).toEqual(['scaleDown.stabilizationWindowSeconds']);
});
