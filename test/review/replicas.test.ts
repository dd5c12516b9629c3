import { replicasOf } from '../../review/model/scaling';
import { requestsOf } from '../../review/scheduling/requests';
import { autoscaler, treeOf, workload } from './objects';

const steps = [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }, { setWeight: 100 }];
const routed = { steps, trafficRouting: { alb: {} } };

function counts(object: any, ...others: any[]) {
  const tree = treeOf(object, ...others);
  return replicasOf(tree, tree.manifests[0] as any);
}

test.each([
  // 20 %: 2 and 6; 50 %: 3 and the 5 that 80 % need; 100 %: 6 and 3.
  ['dynamicStableScale', { canary: { ...routed, dynamicStableScale: true } }, 9, 12],
  ['a stable set that stays', { canary: routed }, 12, 12],
  ['a last step that is not 100 %', { canary: { ...routed, steps: [{ setWeight: 10 }] } }, 12, 12],
  ['replicas instead of traffic', { canary: { steps } }, 8, 8],
  ['blue and green', { blueGreen: {} }, 12, 12],
])('a Rollout with %s is counted with both of its sets', (_, strategy, release, abort) => {
  const rollout = workload('Rollout', 'web', { strategy });
  expect(counts(rollout, autoscaler('Rollout', 'web', 3, 6))).toEqual({ rest: 3, maximum: 6, release, abort });
});

test.each([
  ['one that is recreated has no pod more', { type: 'Recreate' }, 4],
  ['a quarter more by default', undefined, 5],
  ['its own number more', { rollingUpdate: { maxSurge: 3 } }, 7],
  ['its own share more, rounded up', { rollingUpdate: { maxSurge: '30%' } }, 6],
])('of Deployments, %s during an update', (_, strategy, release) => {
  expect(counts(workload('Deployment', 'worker', { replicas: 4, strategy }))).toMatchObject({
    maximum: 4,
    release,
  });
});

test('KEDA counts as an autoscaler, and may scale to none', () => {
  const scaled = {
    kind: 'ScaledObject',
    metadata: { name: 'worker', namespace: 'production' },
    spec: { scaleTargetRef: { name: 'worker' }, maxReplicaCount: 4 },
  };
  expect(counts(workload('Deployment', 'worker', { strategy: { type: 'Recreate' } }), scaled)).toMatchObject({
    rest: 0,
    maximum: 4,
    release: 4,
  });
});

test("an autoscaler of another kind or namespace is not this one's", () => {
  const other = { ...autoscaler('Deployment', 'web', 3, 6), metadata: { name: 'web', namespace: 'staging' } };
  expect(
    counts(workload('Rollout', 'web', { replicas: 2 }), autoscaler('Deployment', 'web', 3, 6), other).maximum,
  ).toBe(2);
});

test.each([
  ['a CronJob runs at rest', 'CronJob', {}, { rest: 1, maximum: 1, release: 1 }],
  ["a person's CronJob does not run at rest", 'CronJob', { suspend: true }, { rest: 0, maximum: 1, release: 1 }],
  ['a Job runs during a release', 'Job', {}, { rest: 0, maximum: 0, release: 1 }],
  ['a Job runs as many as it may beside each other', 'Job', { parallelism: 3, completions: 2 }, { release: 2 }],
])('%s', (_, kind, spec, expected) => {
  expect(counts(workload(kind, 'job', spec))).toMatchObject(expected);
});

test.each([
  ['3 apples', 1],
  [-2, 0],
  [1e12, 1000],
  [null, 1],
])('replicas of %p count as %p', (replicas, expected) => {
  expect(counts(workload('StatefulSet', 'db', { replicas })).rest).toBe(expected);
});

const asks = (cpu: string, memory: string, more = {}) => ({ resources: { requests: { cpu, memory } }, ...more });
const sidecar = { restartPolicy: 'Always' };

test.each([
  ['containers are added', { containers: [asks('100m', '64Mi'), asks('0.25', '1Gi')] }, 350, 1088],
  [
    'the largest init container counts where it is more',
    { initContainers: [asks('1', '32Mi'), asks('10m', '2Gi')], containers: [asks('100m', '64Mi')] },
    1000,
    2048,
  ],
  [
    'a sidecar is added to the containers',
    { initContainers: [asks('20m', '32Mi', sidecar)], containers: [asks('300m', '896Mi')] },
    320,
    928,
  ],
  [
    'an init container runs beside the sidecars before it',
    { initContainers: [asks('20m', '32Mi', sidecar), asks('300m', '896Mi')], containers: [asks('100m', '64Mi')] },
    320,
    928,
  ],
  [
    'an init container does not run beside a sidecar after it',
    { initContainers: [asks('300m', '896Mi'), asks('20m', '32Mi', sidecar)], containers: [asks('100m', '64Mi')] },
    300,
    896,
  ],
  [
    'a limit without a request is one',
    { containers: [{ resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } } }] },
    1000,
    1024,
  ],
  [
    'what the pod as a whole asks for counts where it is more',
    { resources: { requests: { cpu: '2' } }, containers: [asks('100m', '64Mi')] },
    2000,
    64,
  ],
  [
    'a runtime with overhead is added',
    { overhead: { cpu: '50m', memory: '16Mi' }, containers: [asks('100m', '64Mi')] },
    150,
    80,
  ],
  ['a fraction of a millicore is one', { containers: [asks('0.0005', '0')] }, 1, 0],
  [
    'what is not a valid quantity counts as nothing',
    { containers: [{ resources: { requests: { cpu: 'many', memory: {} } } }, 'text'] },
    0,
    0,
  ],
])('of a pod, %s', (_, spec, cpu, memory) => {
  expect(requestsOf(spec as object)).toEqual({ cpu, memory });
});
