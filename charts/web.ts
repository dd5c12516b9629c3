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
import type { Site } from './settings';
import { uploadedAssets } from './web/assets';
import { analysis, canaryStrategy } from './web/canary';
import { webIngress } from './web/ingress';
import { webPort } from './web/port';

/** The Rails app behind the load balancer: what a request meets, from the Ingress to the connection pool. */
export class WebChart extends Chart implements ApplicationOptions {
  /** What the Rollouts controller and the autoscaler write; map keys only, an ignored list element would hide the list. */
  public readonly ignored: IgnoredDifference[] = [
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

  constructor(scope: Construct, id: string, site: Site<'web'>) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { environment } = site;
    const { web, pgbouncer } = environment;
    const image = site.images.web;
    const labels = { ...componentLabels('web'), app: site.cluster.system.prefix };

    webIngress(this, site);
    for (const name of ['eren-service', 'eren-web-ping', 'eren-web-pong'])
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
    const isJudged = site.stable.web?.some(({ reference }) => reference === image.reference) ?? false;
    const rollout = new Rollout(this, 'rollout', {
      metadata: {
        name: 'e-ren-rollout',
        labels,
        annotations: {
          ...wave('workload'),
          // What is read as environment needs a restart; the pool's roles are read again without.
          'secret.reloader.stakater.com/reload': 'eren-web',
          'reloader.stakater.com/rollout-strategy': 'restart',
        },
      },
      podMetadata: { labels: { ...labels, ...releaseLabels(site, 'eren-web', image.tag) } },
      select: false,
      serviceAccount: account,
      automountServiceAccountToken: false,
      terminationGracePeriod: Duration.seconds(seconds(web.drain.terminationGracePeriod)),
      securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
      strategy: canaryStrategy(site, isJudged),
      revisionHistoryLimit: oldReplicaSets,
      isJudged,
      progressDeadlineSeconds: seconds(web.canary.progressDeadline),
      preStopSeconds: seconds(web.drain.preStop),
    });
    rollout.select(kplus.LabelSelector.of({ labels: componentLabels('web') }));

    new PgBouncer(rollout, 'pgbouncer', railsPool(site, 'eren-web-pgbouncer', pgbouncer.webPool));
    const rails = {
      ...railsContainer(this, site, secret),
      image: image.reference,
      envVariables: railsEnvironment(site, 'eren-web', image.tag, secret),
      resources: containerResources(web.resources),
    };
    // A canary ahead of its schema never becomes ready, and is aborted while the old version serves.
    rollout.addInitContainer(pendingMigrations(rails));
    if (environment.assetsHost) rollout.addInitContainer(uploadedAssets(rails));
    // `/health` asks neither the database nor Redis: an outage of those must not restart every pod. It waits behind slow
    // requests for one of the workers, so half a minute of silence is not yet a dead pod.
    const health = (options: kplus.HttpGetProbeOptions) =>
      kplus.Probe.fromHttpGet('/health', { port: webPort, ...options });
    rollout.addContainer({
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

    analysis(this, site);
    const autoscaler = new kplus.HorizontalPodAutoscaler(this, 'autoscaler', {
      metadata: { name: 'e-ren-rollout', annotations: wave('workload') },
      target: rollout,
      minReplicas: web.autoscaling.min,
      maxReplicas: web.autoscaling.max,
      metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(web.autoscaling.cpuUtilization))],
      scaleUp: { stabilizationWindow: Duration.seconds(60) },
      scaleDown: { stabilizationWindow: Duration.seconds(300) },
    });
    if (web.autoscaling.min === 1)
      allow(
        autoscaler,
        'single-replica',
        'one pod is all that this environment is given: it gives way to the others',
      );
    keepAvailable(rollout);
    const { name, apiGroup } = rollout;
    readByPipeline(this, 'rollout-reader', [
      { apiGroup, resource: rollout.resourceType, name, verbs: ['get', 'watch'] },
    ]);

    openNetwork(this, 'network-policy', {
      name: 'eren-web',
      pods: componentLabels('web'),
      from: [
        { peers: site.outputs.public_subnet_cidrs.map((cidr) => ({ cidr })), port: webPort },
        poolStatistics(site),
      ],
      to: railsEgress(site),
    });
  }
}
