import { load } from 'js-yaml';
import { subjectOf } from '../../review/check/subject';
import type { KubernetesObject } from '../../review/model/tree';
import { parseTree, Tree } from '../../review/model/tree';
import { rules } from '../../review/rules';
import { files, settings } from '../support/manifests';
import { root } from '../support/root';

const web = 'dist/production/web';
const rollout = `${web}/Rollout.e-ren-rollout.yaml`;
const ingress = `${web}/Ingress.eren-ingress.yaml`;
const application = 'argocd/applications/Application.production-web.yaml';
const sidekiq = 'dist/production/sidekiq/Deployment.eren-sidekiq.yaml';
const migrations = 'dist/production/migrations/Job.eren-migrations.yaml';
const pod = (object: any) => (object.spec.jobTemplate ?? object).spec.template.spec;
const variable = (object: any, name: string) =>
  pod(object).containers[0].env.find((each: any) => each.name === name);

const quota = 'dist/production/namespace/ResourceQuota.environment.yaml';

type Mistake = readonly [rule: string, file: string, mistake: (object: any) => void];

function refused(file: string, ...mistakes: Mistake[2][]): Mistake[] {
  return mistakes.map((mistake) => ['invalid-object', file, mistake]);
}

function fits(file: string, mistake: Mistake[2]): Mistake {
  return ['quota-holds-pods', file, mistake];
}

/** One mistake in E-Ren's own manifests, and the rule that must tell it at that very file. */
const mistakes: readonly Mistake[] = [
  ['invalid-object', rollout, ({ spec }) => delete spec.strategy.canary.trafficRouting.alb.rootService],
  // Every field that a controller writes after git has.
  ...[0, 1, 2, 3].flatMap((entry) =>
    [0, 1, 2]
      .slice(0, [3, 2, 2, 1][entry])
      .map(
        (pointer): Mistake => [
          'ignored-fields',
          application,
          ({ spec }) => spec.ignoreDifferences[entry].jsonPointers.splice(pointer, 1),
        ],
      ),
  ),
  ['canary-pause', rollout, ({ spec }) => (spec.strategy.canary.steps[1].pause.duration = '1m')],
  [
    'inline-analysis-count',
    rollout,
    ({ spec }) => spec.strategy.canary.steps.push({ analysis: spec.strategy.canary.analysis }),
  ],
  [
    'analysis-without-data',
    `${web}/AnalysisTemplate.datadog-gate-2.yaml`,
    ({ spec }) => (spec.metrics[0].successCondition = 'default(result, 0) <= 0.05'),
  ],
  [
    'analysis-without-data',
    `${web}/AnalysisTemplate.datadog-5xx-rate.yaml`,
    ({ spec }) => delete spec.metrics[0].successCondition,
  ],
  [
    'analysis-inconclusive',
    `${web}/AnalysisTemplate.datadog-5xx-rate.yaml`,
    ({ spec }) => (spec.metrics[0].failureCondition = 'asFloat(result) > 0.05'),
  ],
  ['analysis-template', rollout, ({ spec }) => (spec.strategy.canary.analysis.args = [])],
  [
    'alert-threshold',
    'dist/cluster/monitors/DatadogGenericResource.database-connections.yaml',
    ({ spec }) => (spec.jsonSpec = spec.jsonSpec.replaceAll('37', '41')),
  ],
  ['drain-order', rollout, (object) => (pod(object).containers[0].lifecycle.preStop.sleep.seconds = 15)],
  ['pre-stop-grace', rollout, (object) => (pod(object).terminationGracePeriodSeconds = 20)],
  ['sidekiq-timeout', sidekiq, (object) => (pod(object).terminationGracePeriodSeconds = 35)],
  ['ignored-fields', application, ({ spec }) => spec.ignoreDifferences.shift()],
  [
    'ignored-list-elements',
    application,
    ({ spec }) => spec.ignoreDifferences[0].jsonPointers.push('/spec/rules/0'),
  ],
  ['sync-waits', application, ({ spec }) => spec.syncPolicy.syncOptions.push('PruneLast=true')],
  ['rollout-wave', ingress, ({ metadata }) => (metadata.annotations['argocd.argoproj.io/sync-wave'] = '2')],
  [
    'host-path-refused',
    rollout,
    (object) => pod(object).volumes.push({ name: 'apm', hostPath: { path: '/var/run/datadog' } }),
  ],
  [
    'migration-through-pool',
    migrations,
    (object) => (variable(object, 'DATABASE_URL').value = 'postgresql://pool.example.org:6432/eren'),
  ],
  [
    'config-restart',
    rollout,
    ({ metadata }) => delete metadata.annotations['secret.reloader.stakater.com/reload'],
  ],
  ['scaler-and-replicas', rollout, ({ spec }) => (spec.replicas = 3)],
  ['two-writers', `${web}/ExternalSecret.eren-analysis.yaml`, ({ spec }) => (spec.target.name = 'eren-web')],
  [
    'ingress-backend',
    ingress,
    ({ metadata }) => delete metadata.annotations['alb.ingress.kubernetes.io/actions.eren-service'],
  ],
  [
    'group-agrees',
    'dist/staging/web/Ingress.eren-ingress.yaml',
    ({ metadata }) => {
      metadata.annotations['alb.ingress.kubernetes.io/security-groups'] = 'sg-1';
    },
  ],
  [
    'group-agrees',
    'argocd/add-ons/Application.argo-cd.yaml',
    ({ spec }) => {
      const { annotations } = spec.source.helm.valuesObject.server.ingress;
      annotations['alb.ingress.kubernetes.io/security-groups'] = 'sg-1';
    },
  ],
  [
    'group-paths',
    'dist/cluster/jenkins/Ingress.jenkins-webhook.yaml',
    ({ spec }) => (spec.rules[0].http.paths[0].path = '/api/webhook'),
  ],
  [
    'balancer-value',
    ingress,
    ({ metadata }) => (metadata.annotations['alb.ingress.kubernetes.io/listen-ports'] = '[{HTTPS: 443}]'),
  ],
  [
    'balancer-unread',
    ingress,
    ({ metadata }) => (metadata.annotations['alb.ingress.kubernetes.io/success-code'] = '200'),
  ],
  [
    'canary-selectors',
    rollout,
    ({ spec: { strategy } }) => {
      delete strategy.canary.pingPong;
      Object.assign(strategy.canary, { canaryService: 'eren-web-ping', stableService: 'eren-web-pong' });
    },
  ],
  [
    'sync-timeout',
    'argocd/add-ons/Application.argo-cd.yaml',
    ({ spec }) => (spec.source.helm.valuesObject.configs.params['controller.sync.timeout.seconds'] = '3600'),
  ],
  ['rollout-services', rollout, ({ spec }) => (spec.strategy.canary.pingPong.pongService = 'eren-web-pung')],
  ['secret-exists', migrations, (object) => (variable(object, 'PGUSER').valueFrom.secretKeyRef.key = 'USER')],
  [
    'config-map-exists',
    migrations,
    (object) => (pod(object).volumes.find((each: any) => each.configMap).configMap.name = 'gone'),
  ],
  [
    'scaler-target',
    `${web}/HorizontalPodAutoscaler.e-ren-rollout.yaml`,
    ({ spec }) => (spec.scaleTargetRef.kind = 'Deployment'),
  ],
  ['budget-blocks', `${web}/PodDisruptionBudget.e-ren-rollout.yaml`, ({ spec }) => (spec.maxUnavailable = 0)],
  ['pod-security', sidekiq, (object) => delete pod(object).securityContext.seccompProfile],
  [
    'literal-secret',
    rollout,
    (object) => (variable(object, 'DATABASE_URL').value = 'postgresql://app:hunter2@127.0.0.1:6432/eren'),
  ],
  ['service-account-token', sidekiq, (object) => (pod(object).automountServiceAccountToken = true)],
  ['image-registry', sidekiq, (object) => (pod(object).containers[0].image = 'registry.example.org/e-ren:1')],
  ['job-name', migrations, ({ metadata }) => delete metadata.annotations['argocd.argoproj.io/hook']],
  [
    'prune-protected',
    'dist/cluster/jenkins/PersistentVolumeClaim.jenkins-home.yaml',
    ({ metadata }) => delete metadata.annotations['argocd.argoproj.io/sync-options'],
  ],
  ...refused(
    rollout,
    ({ spec }) =>
      (spec.strategy.canary.trafficRouting.alb.stickinessConfig = { enabled: true, durationSeconds: 1e6 }),
    ({ spec }) =>
      spec.strategy.canary.steps.push({ experiment: { templates: [{ name: 'a', specRef: 'canary' }] } }),
  ),
  ...refused(
    `${web}/AnalysisTemplate.datadog-5xx-rate.yaml`,
    ({ spec }) => (spec.metrics[0].successCondition = 'isNil(result) || (asFloat(result) <= 0.05'),
    ({ spec }) => (spec.metrics[0].successCondition = 'result <'),
    ({ spec }) => (spec.metrics[0].successCondition = 'isnil(result) || asFloat(result) <= 0.05'),
    ({ spec }) => (spec.metrics[0].successCondition = "result == 'a"),
    ({ spec }) => (spec.metrics[0].provider.datadog.apiVersion = 'v1'),
    ({ spec }) => delete spec.metrics[0].provider.datadog.formula,
  ),
  ...refused(
    `${web}/ExternalSecret.eren-web.yaml`,
    ({ spec }) => (spec.refreshInterval = '1d'),
    ({ spec }) => (spec.refreshInterval = '60'),
    ({ spec }) => delete spec.data,
    ({ spec }) => spec.data.push({ ...spec.data[0] }),
    ({ spec }) => (spec.dataFrom = [{}]),
    ({ spec }) => Object.assign(spec.target, { creationPolicy: 'CreateOrMerge', deletionPolicy: 'Delete' }),
    ({ spec }) => Object.assign(spec.target, { creationPolicy: 'None', deletionPolicy: 'Merge' }),
  ),
  ...refused(
    'dist/cluster/classes/IngressClassParams.alb.yaml',
    ({ spec }) => (spec.subnets = { ids: ['subnet-1', 'subnet-2'], tags: { a: ['b'] } }),
    ({ spec }) => (spec.inboundCIDRs = ['10.0.0.0/33']),
  ),
  ...refused(
    application,
    ({ spec }) => (spec.syncPolicy.retry.backoff.duration = '10 s'),
    ({ metadata }) => (metadata.finalizers = ['resource-finalizer.argocd.argoproj.io']),
  ),
  [
    'analysis-template',
    rollout,
    ({ spec }) => (spec.strategy.canary.steps[2].analysis.dryRun[0].metricName = 'enough-requests'),
  ],
  [
    'balancer-value',
    ingress,
    ({ metadata }) => (metadata.annotations['alb.ingress.kubernetes.io/auth-type'] = 'oidc'),
  ],
  [
    'balancer-value',
    ingress,
    ({ metadata }) => (metadata.annotations['alb.ingress.kubernetes.io/subnets'] = 'subnet-1'),
  ],
  ...['count/secrets', 'services', 'count/rollouts.argoproj.io', 'count/networkpolicies.networking.k8s.io'].map(
    (key) => fits(quota, ({ spec }) => (spec.hard[key] = '0')),
  ),
];

const committed = parseTree(files);

/** The committed manifests with one object changed. */
function changed(file: string, mistake: (object: any) => void) {
  const object = load(files.get(file) ?? '') as KubernetesObject;
  mistake(object);
  const manifests = committed.manifests.map((each) => (each.file === file ? { ...each, object } : each));
  return subjectOf(root, new Tree(manifests), settings);
}

test.each<[string, object]>([
  ['Container', { maxLimitRequestRatio: { memory: '1' } }],
  ['Container', { maxLimitRequestRatio: { cpu: '2' } }],
  ['Container', { max: { memory: '512Mi' } }],
  ['Pod', { max: { memory: '1Gi' } }],
  ['Pod', { maxLimitRequestRatio: { memory: '1' } }],
])('a LimitRange of type %s with %j refuses the pods that are outside of it', (type, bounds) => {
  const range = 'dist/production/namespace/LimitRange.containers.yaml';
  const subject = changed(range, ({ spec }) => spec.limits.push({ type, ...bounds }));
  const said = [...(rules.find(({ id }) => id === 'quota-holds-pods')?.check(subject) ?? [])];
  expect(said.map((each) => ('manifest' in each ? each.manifest.file : each.file))).toContain(rollout);
});

test('a LimitRange of volume claims refuses those that are larger', () => {
  const object = (kind: string, spec: object) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'a', namespace: 'staging' },
    spec,
  });
  const range = object('LimitRange', { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }] });
  const claim = object('PersistentVolumeClaim', { resources: { requests: { storage: '2Gi' } } });
  const made = [range, claim].map((each, i) => ({
    file: `${i}`,
    environment: 'staging',
    chart: 'a',
    object: each,
  }));
  const subject = subjectOf(root, new Tree(made as any), settings);
  const said = [...(rules.find(({ id }) => id === 'quota-holds-pods')?.check(subject) ?? [])];
  expect(said.map(({ message }) => message)).toEqual(['limits storage to 2Gi; LimitRange a allows 1Gi']);
});

test('a manifest of argocd/ that the root Application does not read is told', () => {
  const root = 'argocd/bootstrap/Application.root.yaml';
  const subject = changed(root, ({ spec }) => (spec.source.directory.include = 'projects/*'));
  const said = [...(rules.find(({ id }) => id === 'uncovered-folder')?.check(subject) ?? [])];
  expect(said.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^argocd\/applications is read by no Application/),
  );
});

test.each(mistakes)('%s is told of %s with a mistake in it, and not without', (id, file, mistake) => {
  const rule = rules.find((each) => each.id === id);
  const told = (subject: ReturnType<typeof changed>) =>
    [...(rule?.check(subject) ?? [])].map((each) => ('manifest' in each ? each.manifest.file : each.file));
  expect(told(changed(file, () => undefined)).filter((each) => each === file)).toEqual([]);
  expect(told(changed(file, mistake))).toContain(file);
});
