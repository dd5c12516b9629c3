import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificates } from '../../../review/verify/healthy/certificates';
import { applications, secrets } from '../../../review/verify/healthy/delivery';
import { pods } from '../../../review/verify/healthy/pods';
import { rollouts } from '../../../review/verify/healthy/rollouts';
import { claims, jobs, workloads } from '../../../review/verify/healthy/workloads';
import { root } from '../../support/root';
import { matching, object, said } from './findings';

const now = Date.parse('2026-11-20T12:00:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const steps = [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }, { setWeight: 100 }];
const spec = { strategy: { canary: { steps } } };
test.each<[string, object, RegExp[]]>([
  ['is healthy', { phase: 'Healthy' }, []],
  [
    'is on its way',
    { phase: 'Progressing', message: 'more replicas', currentStepIndex: 3 },
    [/^note progressing Progressing \(more replicas\), step 4 of 5, canary at 50 %$/],
  ],
  [
    'pauses as it should',
    {
      phase: 'Paused',
      currentStepIndex: 1,
      pauseConditions: [{ reason: 'CanaryPauseStep' }],
      canary: { weights: { canary: { weight: 20 } } },
    },
    [/^note progressing Paused, step 2 of 5, canary at 20 %$/],
  ],
  [
    'waits for a person',
    { phase: 'Paused', currentStepIndex: 1, pauseConditions: [{ reason: 'InconclusiveAnalysisRun' }] },
    [/^mismatch paused .* waits for a person$/],
  ],
  [
    'is aborted',
    { phase: 'Degraded', abort: true, message: 'RolloutAborted', currentStepIndex: 0 },
    [/^mismatch aborted Degraded \(RolloutAborted\), step 1 of 5, canary at 20 %; the stable version serves$/],
  ],
  ['is degraded', { phase: 'Degraded', message: 'ProgressDeadlineExceeded' }, [/^mismatch degraded/]],
  ['is seen by nobody', {}, [/^mismatch no-status/]],
])('a Rollout that %s', (_, status, told) => {
  expect(said(rollouts([object('Rollout', { spec, status })]))).toEqual(matching(told));
});

test('a Rollout that a person paused in the middle of its own pause', () => {
  const status = { phase: 'Paused', message: 'manually paused', pauseConditions: [{ reason: 'CanaryPauseStep' }] };
  expect(said(rollouts([object('Rollout', { spec: { ...spec, paused: true }, status })]))).toEqual(
    matching([/^mismatch paused Paused \(manually paused\).* waits for a person$/]),
  );
});

test.each<[string, any, RegExp[]]>([
  [
    'a Deployment with all its pods',
    object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 2, updatedReplicas: 2 } }),
    [],
  ],
  [
    'one that rolls',
    object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 2, updatedReplicas: 1 } }),
    [/^note progressing/],
  ],
  [
    'one with too few',
    object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 1, updatedReplicas: 2 } }),
    [/^mismatch not-ready 1 of 2/],
  ],
  [
    'one whose deadline is over',
    object('Deployment', {
      spec: { replicas: 1 },
      status: { readyReplicas: 1, conditions: [{ type: 'Progressing', status: 'False' }] },
    }),
    [/deadline is over$/],
  ],
  ['one that wants none', object('Deployment', { spec: { replicas: 0 }, status: {} }), []],
  ['a DaemonSet without a node', object('DaemonSet', { spec: {}, status: { desiredNumberScheduled: 0 } }), []],
  [
    'a DaemonSet that lacks one',
    object('DaemonSet', {
      spec: {},
      status: { desiredNumberScheduled: 3, numberReady: 2, updatedNumberScheduled: 3 },
    }),
    [/^mismatch not-ready 2 of 3/],
  ],
])('%s', (_, workload, told) => {
  expect(said(workloads([workload]))).toEqual(matching(told));
});

test('of the Jobs of a CronJob only the last one counts', () => {
  const status = {
    conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'no' }],
  };
  const of = (name: string, creationTimestamp: string, rest: object) =>
    object('Job', rest, { name, creationTimestamp, ownerReferences: [{ kind: 'CronJob', name: 'c' }] });
  const failed = of('first', '2026-11-19', { status });
  expect(said(jobs([failed]))).toEqual(['mismatch failed failed: BackoffLimitExceeded, no']);
  expect(said(jobs([failed, of('second', '2026-11-20', {})]))).toEqual([]);
});

test.each<[string, object, RegExp[]]>([
  ['Bound', { phase: 'Bound' }, []],
  ['Pending', { phase: 'Pending' }, [/^mismatch unbound is Pending/]],
  ['Lost', { phase: 'Lost' }, [/^mismatch lost its volume is gone/]],
])('a claim that is %s', (_, status, told) => {
  expect(said(claims([object('PersistentVolumeClaim', { status })]))).toEqual(matching(told));
});

const container = (more: object) => ({
  phase: 'Running',
  startTime: ago(60),
  containerStatuses: [{ name: 'web', restartCount: 0, ...more }],
});
const ended = { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: ago(5) } };
test.each<[string, object, RegExp[]]>([
  ['runs', container({ state: { running: {} } }), []],
  ['is done', { phase: 'Succeeded' }, []],
  [
    'crashes',
    container({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended }),
    [/^mismatch waiting container web waits: CrashLoopBackOff \(4 restarts; it ended with OOMKilled 137\)$/],
  ],
  [
    'has no image',
    container({ state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }),
    [/ImagePullBackOff, not found/],
  ],
  ['comes up', { ...container({ state: { waiting: { reason: 'ContainerCreating' } } }), startTime: ago(1) }, []],
  [
    'comes up for too long',
    container({ state: { waiting: { reason: 'ContainerCreating' } } }),
    [/^mismatch waiting container web has been ContainerCreating for 60 min/],
  ],
  [
    'has restarted a moment ago',
    container({ restartCount: 1, state: { running: {} }, lastState: ended }),
    [/^mismatch restarting container web has 1 restart, the last one 2026-11-20T11:55/],
  ],
  [
    'has restarted long ago',
    container({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { ...ended.terminated, finishedAt: ago(600) } },
    }),
    [],
  ],
  [
    'waits in an init container',
    {
      phase: 'Pending',
      startTime: ago(1),
      initContainerStatuses: [{ name: 'schema', state: { waiting: { reason: 'CreateContainerConfigError' } } }],
    },
    [/container schema waits: CreateContainerConfigError/],
  ],
  [
    'has no node',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/4 nodes' }] },
    [/^mismatch unschedulable has no node: 0\/4 nodes$/],
  ],
  ['was evicted', { phase: 'Failed', reason: 'Evicted' }, [/^mismatch failed failed: Evicted$/]],
])('a pod that %s', (_, status, told) => {
  expect(said(pods([object('Pod', { status })], now))).toEqual(matching(told));
});

const automated = { source: { path: 'dist/production/web' }, syncPolicy: { automated: {} } };
const fine = { sync: { status: 'Synced' }, health: { status: 'Healthy' } };
test.each<[string, object, object, RegExp[]]>([
  ['is well', automated, fine, []],
  [
    'is out of sync',
    automated,
    { ...fine, sync: { status: 'OutOfSync' }, resources: [{ kind: 'Service', name: 's', status: 'OutOfSync' }] },
    [/^mismatch out-of-sync is OutOfSync: Service s$/],
  ],
  [
    'waits for a person',
    { source: {}, syncPolicy: {} },
    { sync: { status: 'OutOfSync' }, health: { status: 'Missing' } },
    [/^note out-of-sync .*a person syncs it$/],
  ],
  [
    'could not sync',
    automated,
    { ...fine, operationState: { phase: 'Failed', message: 'one object refused' } },
    [/^mismatch sync-failed .*Failed: one object refused/],
  ],
  [
    'cannot be compared',
    automated,
    { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError', message: 'no repository' }] },
    [/^mismatch condition ComparisonError: no repository/, /^mismatch not-compared cannot/],
  ],
  ['is seen by nobody', automated, {}, [/^mismatch not-compared has no status/]],
  [
    'is degraded',
    automated,
    {
      ...fine,
      health: { status: 'Degraded' },
      resources: [{ kind: 'Rollout', name: 'r', health: { status: 'Degraded', message: 'aborted' } }],
    },
    [/^mismatch unhealthy is Degraded: Rollout r aborted/],
  ],
  ['comes up', automated, { ...fine, health: { status: 'Progressing' } }, [/^note progressing/]],
])('an Application that %s', (_, spec, status, told) => {
  expect(said(applications([object('Application', { spec, status })]))).toEqual(matching(told));
});

test('an ExternalSecret that is not ready is told with its reason', () => {
  const status = {
    conditions: [{ type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'AccessDenied' }],
  };
  expect(said(secrets([object('ExternalSecret', { status }), object('SecretStore', {})]))).toEqual(
    matching([/^mismatch not-ready SecretSyncedError: AccessDenied$/, /^mismatch no-status/]),
  );
});

const ended2020 = readFileSync(join(root, 'test/cluster/verify/ended.pem'), 'utf8');
test.each<[string, any, string, RegExp[]]>([
  ['in a ConfigMap, long before', object('ConfigMap', { data: { 'ca.pem': ended2020 } }), '2020-01-05', []],
  [
    'in a ConfigMap, shortly before',
    object('ConfigMap', { data: { 'ca.pem': ended2020 } }),
    '2020-02-20',
    [/^mismatch certificate data\[ca\.pem\] ends on 2020-03-01, in 10 days$/],
  ],
  [
    'in a ConfigMap, afterwards',
    object('ConfigMap', { data: { 'ca.pem': ended2020 } }),
    '2020-03-11',
    [/ended on 2020-03-01, 10 days ago$/],
  ],
  [
    'of a webhook',
    object('ValidatingWebhookConfiguration', {
      webhooks: [{ name: 'w', clientConfig: { caBundle: Buffer.from(ended2020).toString('base64') } }],
    }),
    '2020-02-20',
    [/webhooks\[w\]\.clientConfig\.caBundle ends on/],
  ],
  [
    'that is none',
    object('ConfigMap', { data: { a: '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----' } }),
    '2020-02-20',
    [],
  ],
])('a certificate %s', (_, holder, day, told) => {
  expect(said(certificates([holder], { days: 45, now: Date.parse(day) }))).toEqual(matching(told));
});
