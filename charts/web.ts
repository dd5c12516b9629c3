import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { ApplicationOptions, IgnoredDifference } from './application-options';
import { allow } from './constructs/allow';
import { keepAvailable } from './constructs/keep-available';
import { openNetwork } from './constructs/network-policy';
import { PgBouncer } from './constructs/pgbouncer';
import { containerResources } from './constructs/resources';
import { Rollout } from './constructs/rollout';
import { wave } from './constructs/sync-wave';
import { seconds } from './environments/units';
import { oldReplicaSets } from './images';
import { readByPipeline } from './jenkins/reader';
import {
  componentLabels,
  pendingMigrations,
  poolStatistics,
  railsContainer,
  railsEgress,
  railsEnvironment,
  railsPool,
  railsSecret,
  railsUser,
  releaseLabels,
} from './rails';
import { type AnySite, hasCanary, type Site } from './settings';
import { uploadedAssets } from './web/assets';
import { analysis, canaryStrategy } from './web/canary';
import { webIngress, webService } from './web/ingress';
import { webPort } from './web/port';

/** The Rails app behind the load balancer: what a request meets, from the Ingress to the connection pool. */
export class WebChart extends Chart implements ApplicationOptions {
  public readonly ignored: IgnoredDifference[];

  constructor(scope: Construct, id: string, site: AnySite<'web'>) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { environment } = site;
    const { web, pgbouncer } = environment;
    const image = site.images.web;
    const labels = { ...componentLabels('web'), app: site.cluster.system.prefix };
    this.ignored = hasCanary(site) ? writtenByControllers : [];

    webIngress(this, site);
    for (const name of hasCanary(site) ? ['eren-service', 'eren-web-ping', 'eren-web-pong'] : [webService])
      new kplus.Service(this, name, {
        metadata: { name, annotations: wave('traffic') },
        ports: [{ name: 'http', port: webPort, targetPort: webPort, protocol: kplus.Protocol.TCP }],
        selector: kplus.Pods.select(this, `${name}-pods`, { labels: componentLabels('web') }),
      });

    const account = new kplus.ServiceAccount(this, 'service-account', {
      metadata: { name: 'eren-web', annotations: wave('prerequisites') },
      automountToken: false,
    });
    const secret = railsSecret(this, 'eren-web', site);
    const pods = {
      podMetadata: { labels: { ...labels, ...releaseLabels(site, 'eren-web', image.tag) } },
      select: false,
      serviceAccount: account,
      automountServiceAccountToken: false,
      terminationGracePeriod: Duration.seconds(seconds(web.drain.terminationGracePeriod)),
      securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
    };
    const workload = hasCanary(site) ? judged(this, site, labels, pods) : replaced(this, labels, pods);
    workload.select(kplus.LabelSelector.of({ labels: componentLabels('web') }));

    new PgBouncer(workload, 'pgbouncer', railsPool(site, 'eren-web-pgbouncer', pgbouncer.webPool));
    const rails = {
      ...railsContainer(this, site, secret),
      image: image.reference,
      envVariables: railsEnvironment(site, 'eren-web', image.tag, secret),
      resources: containerResources(web.resources),
    };
    // A canary ahead of its schema never becomes ready, and is aborted while the old version serves.
    workload.addInitContainer(pendingMigrations(rails));
    if (environment.assetsHost) workload.addInitContainer(uploadedAssets(rails));
    // `/health` asks neither the database nor Redis: an outage of those must not restart every pod. It waits behind slow
    // requests for one of the workers, so half a minute of silence is not yet a dead pod.
    const health = (options: kplus.HttpGetProbeOptions) =>
      kplus.Probe.fromHttpGet('/health', { port: webPort, ...options });
    workload.addContainer({
      ...rails,
      name: 'e-ren',
      // Not the image's entrypoint: Rails' own prepares the database, through the pool, and starts a proxy.
      command: ['bundle', 'exec', 'puma', '--config', 'config/puma.rb'],
      ports: [{ name: 'http', number: webPort, protocol: kplus.Protocol.TCP }],
      envVariables: {
        ...rails.envVariables,
        PORT: kplus.EnvValue.fromValue(String(webPort)),
        WEB_CONCURRENCY: kplus.EnvValue.fromValue(String(web.puma.workers)),
        RAILS_MAX_THREADS: kplus.EnvValue.fromValue(String(web.puma.threads)),
        LIMIT_PEOPLE: kplus.EnvValue.fromValue(String(web.limits.people)),
        LIMIT_REQUESTS_PERSON: kplus.EnvValue.fromValue(String(web.limits.person)),
        LIMIT_REQUESTS_ADDRESS: kplus.EnvValue.fromValue(String(web.limits.address)),
      },
      startup: health({
        periodSeconds: Duration.seconds(2),
        failureThreshold: 60,
        timeoutSeconds: Duration.seconds(5),
      }),
      readiness: health({
        periodSeconds: Duration.seconds(5),
        failureThreshold: 6,
        timeoutSeconds: Duration.seconds(5),
      }),
      liveness: health({
        periodSeconds: Duration.seconds(10),
        failureThreshold: 6,
        timeoutSeconds: Duration.seconds(5),
      }),
    });

    if (hasCanary(site)) {
      analysis(this, site);
      autoscale(this, site, workload as Rollout);
    }
    keepAvailable(workload);
    const { name, apiGroup, resourceType: resource } = workload;
    readByPipeline(this, 'rollout-reader', [{ apiGroup, resource, name, verbs: ['get', 'watch'] }]);

    openNetwork(this, 'network-policy', {
      name: 'eren-web',
      pods: componentLabels('web'),
      from: [
        { peers: site.outputs.public_subnet_cidrs.map((cidr) => ({ cidr })), port: webPort },
        ...(environment.preview ? [] : [poolStatistics(site)]),
      ],
      to: railsEgress(site),
    });
  }
}

/** What the Rollouts controller and the autoscaler write; map keys only, an ignored list element would hide the list. */
const writtenByControllers: IgnoredDifference[] = [
  {
    group: 'networking.k8s.io',
    kind: 'Ingress',
    name: 'eren-ingress',
    jsonPointers: [
      '/metadata/annotations/alb.ingress.kubernetes.io~1actions.eren-service',
      '/metadata/annotations/rollouts.argoproj.io~1managed-alb-actions',
      '/metadata/annotations/rollouts.argoproj.io~1managed-alb-annotations',
    ],
  },
  ...['eren-web-ping', 'eren-web-pong'].map((name) => ({
    kind: 'Service',
    name,
    jsonPointers: [
      '/metadata/annotations/argo-rollouts.argoproj.io~1managed-by-rollouts',
      '/spec/selector/rollouts-pod-template-hash',
    ],
  })),
  { group: 'argoproj.io', kind: 'Rollout', name: 'e-ren-rollout', jsonPointers: ['/spec/replicas'] },
];

/** What is read as environment needs a restart; the pool's roles are read again without. */
const reload = { 'secret.reloader.stakater.com/reload': 'eren-web' };

function judged(
  scope: Construct,
  site: Site<'web'>,
  labels: Record<string, string>,
  pods: kplus.WorkloadProps,
): Rollout {
  const { canary, drain } = site.environment.web;
  const { reference } = site.images.web;
  const isJudged = site.stable.web?.some((image) => image.reference === reference) ?? false;
  return new Rollout(scope, 'rollout', {
    ...pods,
    metadata: {
      name: 'e-ren-rollout',
      labels,
      annotations: { ...wave('workload'), ...reload, 'reloader.stakater.com/rollout-strategy': 'restart' },
    },
    strategy: canaryStrategy(site, isJudged),
    revisionHistoryLimit: oldReplicaSets,
    isJudged,
    progressDeadlineSeconds: seconds(canary.progressDeadline),
    preStopSeconds: seconds(drain.preStop),
  });
}

/** One pod, which the next image replaces at once. */
function replaced(scope: Construct, labels: Record<string, string>, pods: kplus.WorkloadProps): kplus.Deployment {
  const deployment = new kplus.Deployment(scope, 'deployment', {
    ...pods,
    metadata: { name: webService, labels, annotations: { ...wave('migrated'), ...reload } },
    replicas: 1,
    strategy: kplus.DeploymentStrategy.recreate(),
  });
  allow(deployment, 'single-replica', 'a pull request is looked at by a handful of people');
  return deployment;
}

function autoscale(scope: Construct, { environment }: Site, target: Rollout): void {
  const { min, max, cpuUtilization } = environment.web.autoscaling;
  const autoscaler = new kplus.HorizontalPodAutoscaler(scope, 'autoscaler', {
    metadata: { name: 'e-ren-rollout', annotations: wave('workload') },
    target,
    minReplicas: min,
    maxReplicas: max,
    metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(cpuUtilization))],
    scaleUp: { stabilizationWindow: Duration.seconds(60) },
    scaleDown: { stabilizationWindow: Duration.seconds(300) },
  });
  if (min === 1)
    allow(
      autoscaler,
      'single-replica',
      'one pod is all that this environment is given: it gives way to the others',
    );
}
