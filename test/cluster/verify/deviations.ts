import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/root';
import type { Seeds } from './seeds';

/** Something that is wrong, and the line by which verify tells it. */
export interface Deviation {
  readonly name: string;
  readonly environment: 'production' | 'staging' | 'cluster';
  readonly seed: (seeds: Seeds) => Promise<void> | void;
  readonly told: RegExp;
  /** In the file, where it is one. */
  readonly file?: RegExp;
  /** What else is told because of it. */
  readonly touches?: RegExp;
}

const argo = 'argoproj.io/v1alpha1';
const networking = 'networking.k8s.io/v1';
const datadogs = 'datadoggenericresources.datadoghq.com';
export const deviations: readonly Deviation[] = [
  // Accepted?
  {
    name: 'a field that no schema knows',
    environment: 'production',
    seed: (seeds) =>
      seeds.commit('dist/production/web/Service.eren-web-pong.yaml', ({ spec }) => (spec.sessionAffinty = 'None')),
    told: /^accepted rejected Service production\/eren-web-pong: spec\.sessionAffinty field not declared in schema/,
    file: /^dist\/production\/web\/Service\.eren-web-pong\.yaml:\d+$/,
  },
  {
    name: 'an unknown field of a custom resource',
    environment: 'production',
    seed: (seeds) =>
      seeds.commit(
        'dist/production/web/ExternalSecret.eren-web.yaml',
        ({ spec }) => (spec.refreshIntervall = '5m'),
      ),
    told: /^accepted (rejected|warned) ExternalSecret production\/eren-web: spec\.refreshIntervall .*(unknown field|not declared)/,
    file: /^dist\/production\/web\/ExternalSecret\.eren-web\.yaml:\d+$/,
  },
  {
    name: 'a value that is refused',
    environment: 'production',
    seed: (seeds) =>
      seeds.commit(
        'dist/production/scheduled/CronJob.eren-console.yaml',
        ({ spec }) => (spec.schedule = 'every day'),
      ),
    told: /^accepted rejected CronJob production\/eren-console: spec\.schedule Invalid value: "every day"/,
    file: /^dist\/production\/scheduled\/CronJob\.eren-console\.yaml:\d+$/,
  },
  {
    name: 'an immutable field',
    environment: 'production',
    seed: (seeds) =>
      seeds.commit('dist/production/sidekiq/Deployment.eren-sidekiq.yaml', ({ spec }) => {
        spec.selector.matchLabels.more = 'than-before';
        spec.template.metadata.labels.more = 'than-before';
      }),
    told: /^accepted rejected Deployment production\/eren-sidekiq: spec\.selector .*immutable/,
  },
  {
    name: 'a pod that Pod Security would not admit',
    environment: 'staging',
    seed: (seeds) =>
      seeds.commit(
        'dist/staging/sidekiq/Deployment.eren-sidekiq.yaml',
        ({ spec }) => (spec.template.spec.hostNetwork = true),
      ),
    told: /^accepted warned Deployment staging\/eren-sidekiq: would violate PodSecurity "restricted.*host namespaces/,
    touches: /^drift behind Deployment staging\/eren-sidekiq: spec\.template\.spec\.hostNetwork /,
  },
  {
    name: 'a definition that is not installed',
    environment: 'cluster',
    seed: (seeds) => seeds.remove('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, datadogs),
    told: /^accepted not-served DatadogGenericResource of datadoghq\.com\/v1alpha1 is not served, its definition is not installed; [1-9]\d* objects/,
    touches: /datadoggenericresources/,
  },
  // Drift?
  {
    name: 'a rule changed by hand, and by whom',
    environment: 'production',
    seed: (seeds) =>
      seeds.byHand([networking, 'NetworkPolicy', 'production', 'eren-web'], { spec: { ingress: [{}] } }),
    told: /^drift changed NetworkPolicy production\/eren-web: spec\.ingress .*set by kubectl-edit, 20/,
  },
  {
    name: 'an image set by hand',
    environment: 'production',
    seed: async (seeds) => {
      const cron = await seeds.api.get('batch/v1', 'CronJob', 'eren-database-cleanup', 'production');
      const [{ name }] = cron.spec.jobTemplate.spec.template.spec.containers;
      const spec = { containers: [{ name, image: 'example.org/other:1' }] };
      const patch = { spec: { jobTemplate: { spec: { template: { spec } } } } };
      const which = ['batch/v1', 'CronJob', 'production', 'eren-database-cleanup'] as const;
      await seeds.byHand(which, patch, { as: 'kubectl-set', strategic: true });
    },
    told: /^drift changed CronJob production\/eren-database-cleanup: spec\.jobTemplate\.spec\.template\.spec\.containers\[[^\]]+\]\.image is "example\.org\/other:1" in the cluster .*set by kubectl-set/,
  },
  {
    name: 'an annotation taken away by hand',
    environment: 'production',
    seed: (seeds) =>
      seeds.byHand(
        [networking, 'Ingress', 'production', 'eren-ingress'],
        { metadata: { annotations: { 'alb.ingress.kubernetes.io/ssl-redirect': null } } },
        { as: 'kubectl-annotate' },
      ),
    told: /^drift changed Ingress production\/eren-ingress: metadata\.annotations\[alb\.ingress\.kubernetes\.io\/ssl-redirect\] is absent in the cluster and "443" in git/,
  },
  {
    name: 'a role with more rights than git gives, which cannot be tried',
    environment: 'cluster',
    seed: (seeds) =>
      seeds.byHand(['rbac.authorization.k8s.io/v1', 'Role', 'ci-build', 'jenkins-agents'], {
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
      }),
    told: /^drift changed Role ci-build\/jenkins-agents: rules .*"secrets".* set by kubectl-edit/,
  },
  {
    name: 'a commit that is not synced',
    environment: 'staging',
    seed: (seeds) =>
      seeds.commit('dist/staging/redis/PodDisruptionBudget.redis.yaml', ({ spec }) => (spec.maxUnavailable = 0)),
    told: /^drift behind PodDisruptionBudget staging\/redis: spec\.maxUnavailable is 1 in the cluster and 0 in git; git is ahead/,
  },
  {
    name: 'an object that is missing',
    environment: 'production',
    seed: (seeds) => seeds.remove(networking, 'NetworkPolicy', 'production', 'dns'),
    told: /^drift missing NetworkPolicy production\/dns: is in git and not in the cluster/,
  },
  {
    name: 'an object that git no longer has',
    environment: 'production',
    seed: (seeds) =>
      seeds.create(
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: {
            name: 'old',
            namespace: 'production',
            annotations: { 'argocd.argoproj.io/tracking-id': 'production-web:/Service:production/old' },
          },
          spec: { ports: [{ port: 80 }], selector: { app: 'old' } },
        },
        'argocd-controller',
      ),
    told: /^drift extra Service production\/old: was applied by production-web and is no longer in git/,
  },
  {
    name: 'an object that belongs to another Application',
    environment: 'staging',
    seed: (seeds) =>
      seeds.byHand(['v1', 'Service', 'staging', 'postgres'], {
        metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'other:/Service:staging/postgres' } },
      }),
    told: /^drift shared Service staging\/postgres: belongs to the Application other, and git gives it to staging-postgres/,
  },
  // Healthy?
  {
    name: 'an aborted canary, with its step and weight',
    environment: 'production',
    seed: (seeds) =>
      seeds.status(argo, 'Rollout', 'production', 'e-ren-rollout', {
        phase: 'Degraded',
        abort: true,
        message: 'RolloutAborted: metric "errors" assessed Failed',
        currentStepIndex: 2,
        canary: {
          weights: {
            canary: { podTemplateHash: 'a', serviceName: 'a', weight: 20 },
            stable: { podTemplateHash: 'b', serviceName: 'b', weight: 80 },
          },
        },
      }),
    told: /^healthy aborted Rollout production\/e-ren-rollout: Degraded \(RolloutAborted: .*\), step \d of \d+, canary at 20 %/,
  },
  {
    name: 'an Application that is degraded',
    environment: 'production',
    seed: (seeds) =>
      seeds.status(argo, 'Application', 'argocd', 'production-scheduled', { health: { status: 'Degraded' } }),
    told: /^healthy unhealthy Application argocd\/production-scheduled: is Degraded/,
  },
  {
    name: 'an Application that is not in sync',
    environment: 'staging',
    seed: (seeds) => seeds.status(argo, 'Application', 'argocd', 'staging-web', { sync: { status: 'OutOfSync' } }),
    told: /^healthy out-of-sync Application argocd\/staging-web: is OutOfSync/,
  },
  {
    name: 'a pod that crashes again and again',
    environment: 'production',
    seed: async (seeds) => {
      const [pod] = await seeds.api.list(
        'v1',
        'Pod',
        'production',
        '?labelSelector=app.kubernetes.io/component%3Dweb',
      );
      const [first, ...rest] = pod.status.containerStatuses;
      const crashed = {
        exitCode: 1,
        reason: 'Error',
        startedAt: null,
        finishedAt: new Date().toISOString().replace(/\.\d+/, ''),
      };
      const status = {
        ...first,
        ready: false,
        restartCount: 7,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: crashed },
      };
      await seeds.status('v1', 'Pod', 'production', pod.metadata.name, { containerStatuses: [status, ...rest] });
    },
    told: /^healthy waiting Pod production\/\S+: container \S+ waits: CrashLoopBackOff \(7 restarts; it ended with Error 1\)/,
  },
  {
    name: 'a pod without a node',
    environment: 'staging',
    seed: (seeds) => {
      const { spec } = seeds.manifest('dist/staging/sidekiq/Deployment.eren-sidekiq.yaml');
      const { hostNetwork: _, ...pod } = spec.template.spec;
      const metadata = { name: 'nowhere', namespace: 'staging' };
      return seeds.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata,
        spec: { ...pod, nodeSelector: { workload: 'moon' } },
      });
    },
    told: /^healthy unschedulable Pod staging\/nowhere: has no node: 0\/\d+ nodes are available/,
  },
  {
    name: 'a claim without a volume',
    environment: 'staging',
    seed: (seeds) => {
      const claim = seeds.manifest('dist/staging/redis/PersistentVolumeClaim.redis-data.yaml');
      const metadata = { name: 'unbound', namespace: 'staging' };
      return seeds.create({
        ...claim,
        metadata,
        spec: { ...claim.spec, storageClassName: 'none', resources: { requests: { storage: '1Mi' } } },
      });
    },
    told: /^healthy unbound PersistentVolumeClaim staging\/unbound: is Pending and has no volume/,
  },
  {
    name: 'a Job that failed',
    environment: 'staging',
    seed: (seeds) => {
      const { spec } = seeds.manifest('dist/staging/migrations/Job.eren-migrations.yaml');
      const template = { ...spec.template, spec: { ...spec.template.spec, nodeSelector: { workload: 'moon' } } };
      const metadata = { name: 'too-late', namespace: 'staging' };
      return seeds.create({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata,
        spec: { ...spec, activeDeadlineSeconds: 1, template },
      });
    },
    told: /^healthy failed Job staging\/too-late: failed: DeadlineExceeded/,
  },
  {
    name: 'an ExternalSecret that nobody has synced',
    environment: 'staging',
    seed: async (seeds) => {
      // What plays External Secrets cannot write to a Secret of another type.
      const taken = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'taken', namespace: 'staging' } };
      await seeds.create({ ...taken, type: 'example.org/other' });
      const secret = seeds.manifest('dist/staging/web/ExternalSecret.eren-web.yaml');
      const metadata = { name: 'unseen', namespace: 'staging' };
      const target = { ...secret.spec.target, name: 'taken' };
      await seeds.create({ ...secret, metadata, spec: { ...secret.spec, target } });
    },
    told: /^healthy no-status ExternalSecret staging\/unseen: has no status/,
  },
  {
    name: 'a certificate that has ended',
    environment: 'staging',
    seed: (seeds) => {
      const data = { 'ca.pem': readFileSync(join(root, 'test/cluster/verify/ended.pem'), 'utf8') };
      return seeds.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'authority', namespace: 'staging' },
        data,
      });
    },
    told: /^healthy certificate ConfigMap staging\/authority: data\[ca\.pem\] ended on 2020-03-01/,
  },
  // Fits?
  {
    name: 'a definition that serves no version of the imports',
    environment: 'cluster',
    seed: () => undefined,
    told: /^fits definition-missing CustomResourceDefinition datadoggenericresources\.datadoghq\.com: is not installed/,
  },
  {
    name: 'a definition with another schema',
    environment: 'cluster',
    seed: (seeds) => changeSchema(seeds, 'ingressclassparams.elbv2.k8s.aws'),
    told: /^fits definition-schema CustomResourceDefinition ingressclassparams\.elbv2\.k8s\.aws: its schema of v1beta1 differs from .*openAPIV3Schema\.properties\.later/,
  },
  {
    name: 'another minor of Kubernetes',
    environment: 'cluster',
    seed: (seeds) => {
      const file = 'charts/environments/cluster.ts';
      seeds.set(file, "kubernetes: '1.3", "kubernetes: '1.2");
      // The settings would be refused: kube-proxy is of the same minor.
      seeds.set(file, "'kube-proxy': 'v1.3", "'kube-proxy': 'v1.2");
    },
    told: /^fits kubernetes kubernetes the API server is v1\.\d\d\.\d+, the settings say 1\.2/,
  },
  {
    name: 'a kubelet that is too old',
    environment: 'cluster',
    seed: (seeds) => seeds.status('v1', 'Node', undefined, 'app-0', { nodeInfo: { kubeletVersion: 'v1.30.1' } }),
    told: /^fits kubelet Node app-0: its kubelet is v1\.30\.1 .*three minors behind/,
  },
  {
    name: 'a node with less memory than the settings count on',
    environment: 'cluster',
    seed: (seeds) => seeds.status('v1', 'Node', undefined, 'app-1', { allocatable: { memory: '3100Mi' } }),
    told: /^fits node Node app-1: nodeGroups\.app\.instanceType has 3100Mi memory for pods, the settings count on \d+Mi/,
  },
  {
    name: 'a node of no group of the settings',
    environment: 'cluster',
    seed: (seeds) =>
      seeds.byHand(['v1', 'Node', undefined, 'app-2'], {
        metadata: { labels: { 'eks.amazonaws.com/nodegroup': 'gpu' } },
      }),
    told: /^fits node-group Node app-2: nodeGroups is of node group gpu, which the settings do not know/,
  },
  {
    name: 'a PostgreSQL with another max_connections',
    environment: 'staging',
    seed: async (seeds) => {
      const set = await seeds.api.get('apps/v1', 'StatefulSet', 'postgres', 'staging');
      const [{ name, args }] = set.spec.template.spec.containers;
      const more = args.map((each: string) => each.replace(/^max_connections=.*/, 'max_connections=300'));
      const patch = { spec: { template: { spec: { containers: [{ name, args: more }] } } } };
      await seeds.byHand(['apps/v1', 'StatefulSet', 'staging', 'postgres'], patch, { strategic: true });
    },
    told: /^fits max-connections Pod staging\/postgres-0: connections\.max PostgreSQL runs with max_connections=300, the budget was made for 30/,
    touches: /StatefulSet staging\/postgres: /,
  },
  {
    name: 'an autoscaler that may take more connections than there are',
    environment: 'production',
    seed: (seeds) =>
      seeds.byHand(['autoscaling/v2', 'HorizontalPodAutoscaler', 'production', 'e-ren-rollout'], {
        spec: { maxReplicas: 30 },
      }),
    told: /^fits connections connections what runs could hold \d+ connections at the worst moment \(60 web pods, HPA maximum 30\), 40 are usable/,
    touches: /^drift changed HorizontalPodAutoscaler production\/e-ren-rollout: spec\.maxReplicas .*kubectl-edit/,
  },
  {
    name: 'a pool that is larger than the budget has it',
    environment: 'production',
    seed: async (seeds) => {
      const deployment = await seeds.api.get('apps/v1', 'Deployment', 'eren-sidekiq', 'production');
      const key = 'pgbouncer.files.eren.washu.edu/pgbouncer.ini';
      const ini: string = deployment.spec.template.metadata.annotations[key];
      const larger = ini.replace(/max_db_connections = \d+/, 'max_db_connections = 20');
      const patch = { spec: { template: { metadata: { annotations: { [key]: larger } } } } };
      await seeds.byHand(['apps/v1', 'Deployment', 'production', 'eren-sidekiq'], patch);
    },
    told: /^fits pool Pod production\/eren-sidekiq-\S+: pgbouncer\.sidekiqPool its PgBouncer may hold 20 connections, the budget has 3/,
    touches: /^(drift changed|healthy progressing) Deployment production\/eren-sidekiq: /,
  },
];

async function changeSchema(seeds: Seeds, name: string): Promise<void> {
  const definition = await seeds.api.get('apiextensions.k8s.io/v1', 'CustomResourceDefinition', name);
  const versions = structuredClone(definition.spec.versions);
  for (const { schema } of versions) schema.openAPIV3Schema.properties.later = { type: 'string' };
  await seeds.byHand(['apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, name], {
    spec: { versions },
  });
}
