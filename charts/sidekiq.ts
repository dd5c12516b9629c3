import { ApiObject, Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { ApplicationOptions, IgnoredDifference } from './application-options';
import { allow } from './constructs/allow';
import { keepAvailable } from './constructs/keep-available';
import { internet, openNetwork } from './constructs/network-policy';
import { PgBouncer } from './constructs/pgbouncer';
import { containerResources } from './constructs/resources';
import { wave } from './constructs/sync-wave';
import type { Cluster } from './environments/environment';
import { spotGroups, tolerationsOf } from './environments/node-groups';
import { seconds } from './environments/units';
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
import type { AnySite } from './settings';
import { queueScaling } from './sidekiq/scaling';

const name = 'eren-sidekiq';
/** SES takes mail here with STARTTLS; on 25 AWS throttles, and 465 is TLS from the first byte. */
const smtpPort = 587;
const heartbeat = { folder: '/run/sidekiq', file: '/run/sidekiq/heartbeat' };

/** The jobs of the app. A Deployment, not a Rollout: no traffic tells a good worker from a bad one, and web went first. */
export class SidekiqChart extends Chart implements ApplicationOptions {
  /** With KEDA the replicas are its autoscaler's. */
  public readonly ignored: IgnoredDifference[];

  constructor(scope: Construct, id: string, site: AnySite<'sidekiq'>) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { sidekiq, pgbouncer } = site.environment;
    this.ignored = sidekiq.scaling
      ? [{ group: 'apps', kind: 'Deployment', name, jsonPointers: ['/spec/replicas'] }]
      : [];
    const image = site.images.sidekiq;
    const labels = componentLabels('sidekiq');

    const account = new kplus.ServiceAccount(this, 'service-account', {
      metadata: { name, annotations: wave('prerequisites') },
      automountToken: false,
    });
    const { preview } = site.environment;
    const secret = railsSecret(this, name, site, preview ? undefined : mail.secret);
    const deployment = new kplus.Deployment(this, 'deployment', {
      metadata: {
        name,
        labels,
        annotations: { ...wave(preview ? 'migrated' : 'workload'), 'secret.reloader.stakater.com/reload': name },
      },
      podMetadata: { labels: { ...labels, ...releaseLabels(site, name, image.tag) } },
      select: false,
      replicas: sidekiq.scaling ? undefined : sidekiq.replicas,
      // A process more than the settings say would be connections more than the budget has, and a rolling update, with no
      // surge too, starts the new pod while the old one is still ending. Jobs wait in Redis meanwhile.
      strategy: kplus.DeploymentStrategy.recreate(),
      serviceAccount: account,
      automountServiceAccountToken: false,
      terminationGracePeriod: Duration.seconds(seconds(sidekiq.terminationGracePeriod)),
      securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
    });
    deployment.select(kplus.LabelSelector.of({ labels }));
    if (!sidekiq.scaling && sidekiq.replicas === 1)
      allow(
        deployment,
        'single-replica',
        'jobs wait in Redis while it is away; each process more is connections more',
      );

    new PgBouncer(deployment, 'pgbouncer', railsPool(site, `${name}-pgbouncer`, pgbouncer.sidekiqPool));
    const rails = {
      ...railsContainer(this, site, secret),
      image: image.reference,
      envVariables: railsEnvironment(site, name, image.tag, secret),
      resources: containerResources(sidekiq.resources),
    };
    deployment.addInitContainer(pendingMigrations(rails));
    deployment.addContainer({
      ...rails,
      name: 'sidekiq',
      command: command(site),
      envVariables: {
        ...rails.envVariables,
        RAILS_MAX_THREADS: kplus.EnvValue.fromValue(String(sidekiq.concurrency)),
        SIDEKIQ_HEARTBEAT_FILE: kplus.EnvValue.fromValue(heartbeat.file),
        SIDEKIQ_TAKE_OVER_AFTER: kplus.EnvValue.fromValue(String(seconds(sidekiq.takeOver.after))),
        SIDEKIQ_INTERRUPTIONS: kplus.EnvValue.fromValue(String(sidekiq.takeOver.interruptions)),
        ...(!preview && mail.variables(site, secret)),
      },
      volumeMounts: [
        ...rails.volumeMounts,
        {
          path: heartbeat.folder,
          volume: kplus.Volume.fromEmptyDir(this, 'heartbeat', 'heartbeat', { sizeLimit: Size.mebibytes(1) }),
        },
      ],
      startup: beats({ periodSeconds: Duration.seconds(2), failureThreshold: 90 }),
      readiness: beats({ periodSeconds: Duration.seconds(10), failureThreshold: 3 }),
      liveness: beats({ periodSeconds: Duration.seconds(10), failureThreshold: 3 }),
      lifecycle: {
        // The volume outlives a restart of the container, and with it the heartbeat of the process before.
        postStart: kplus.Handler.fromCommand(['rm', '-f', heartbeat.file]),
        // Begins no new job (TSTP) and goes on with the others; TERM follows when this returns. The image may have no
        // `kill` but the shell's.
        preStop: kplus.Handler.fromCommand(['sh', '-c', `kill -TSTP 1 && sleep ${seconds(sidekiq.quiet)}`]),
      },
    });

    if (sidekiq.spot) onSpotNodes(deployment, site.cluster);
    if (sidekiq.scaling) queueScaling(deployment, site, sidekiq.scaling);
    keepAvailable(deployment);

    openNetwork(this, 'network-policy', {
      name,
      pods: labels,
      from: preview ? undefined : [poolStatistics(site)],
      to: [...railsEgress(site), ...(preview ? [] : [{ peers: [internet], port: smtpPort }])],
    });
  }
}

/** By SES, and only from here. */
const mail = {
  secret: {
    data: {
      smtp_username: { entry: 'services', key: 'smtp_username' },
      smtp_password: { entry: 'services', key: 'smtp_password' },
    },
    templates: {
      SMTP_USERNAME: '{{ .smtp_username | trim }}',
      SMTP_PASSWORD: '{{ .smtp_password | trim }}',
    },
  },
  variables: ({ cluster }: AnySite, secret: kplus.ISecret) => ({
    SMTP_ADDRESS: kplus.EnvValue.fromValue(`email-smtp.${cluster.region}.amazonaws.com`),
    SMTP_PORT: kplus.EnvValue.fromValue(String(smtpPort)),
    SMTP_USERNAME: kplus.EnvValue.fromSecretValue({ secret, key: 'SMTP_USERNAME' }),
    SMTP_PASSWORD: kplus.EnvValue.fromSecretValue({ secret, key: 'SMTP_PASSWORD' }),
  }),
} as const;

/** No shell around it, so that it is Sidekiq who gets the signals. What is given here goes before the file. */
function command({ environment }: AnySite): string[] {
  const { concurrency, queues, shutdownTimeout } = environment.sidekiq;
  return [
    ...['bundle', 'exec', 'sidekiq', '-C', 'config/sidekiq.yml'],
    ...['-c', String(concurrency), '-t', String(seconds(shutdownTimeout))],
    ...Object.entries(queues).flatMap(([queue, weight]) => ['-q', `${queue},${weight}`]),
  ];
}

/**
 * Alive is who touched the heartbeat within a minute: a thread of its own does so, whatever the jobs are busy with and
 * whether Redis answers or not. A dead or stuck process does not.
 */
function beats(options: kplus.ProbeOptions): kplus.Probe {
  return kplus.Probe.fromCommand(['sh', '-c', 'test -n "$(find "$SIDEKIQ_HEARTBEAT_FILE" -mmin -1)"'], {
    ...options,
    timeoutSeconds: Duration.seconds(3),
  });
}

/** EKS labels the nodes; the taint of their groups keeps everything off them that does not expect to be interrupted. */
function onSpotNodes(deployment: kplus.Deployment, cluster: Cluster): void {
  ApiObject.of(deployment).addJsonPatch(
    JsonPatch.add('/spec/template/spec/nodeSelector', { 'eks.amazonaws.com/capacityType': 'SPOT' }),
    JsonPatch.add('/spec/template/spec/tolerations', tolerationsOf(spotGroups(cluster))),
  );
}
