import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow } from './constructs/allow';
import { dataVolume } from './constructs/data-volume';
import { externalSecret } from './constructs/external-secret';
import { headlessService } from './constructs/headless-service';
import { keepAvailable } from './constructs/keep-available';
import { openNetwork } from './constructs/network-policy';
import { containerResources } from './constructs/resources';
import { restricted } from './constructs/restricted';
import { wave } from './constructs/sync-wave';
import { systemLabel } from './constructs/system';
import type { Environment } from './environments/environment';
import { mebibytes } from './environments/units';
import { clientsOf } from './rails';
import type { AnySite } from './settings';
import { scaler } from './sidekiq/scaling';

/** The redis user of the official Debian image. */
const user = { user: 999, group: 999 };

/** Redis in the namespace, where the environment has no ElastiCache: TLS only, one password, and no key is ever evicted. */
export class RedisChart extends Chart {
  constructor(
    scope: Construct,
    id: string,
    site: AnySite,
    settings: NonNullable<Environment['inCluster']>['redis'],
  ) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { port } = site.redis;
    const name = 'redis';
    const labels = {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': 'cache',
      ...systemLabel(this),
    };

    const config = new kplus.ConfigMap(this, 'config', {
      metadata: { name, annotations: wave('prerequisites') },
      data: {
        'redis.conf': [
          'port 0',
          `tls-port ${port}`,
          'tls-cert-file /run/redis-secret/tls.crt',
          'tls-key-file /run/redis-secret/tls.key',
          'tls-ca-cert-file /run/redis-secret/ca.crt',
          // Clients show a password, not a certificate, as with ElastiCache.
          'tls-auth-clients no',
          'dir /data',
          'appendonly yes',
          // Three quarters of the limit; the rest is for the copy that a rewrite of the file makes.
          `maxmemory ${Math.floor(mebibytes(settings.resources.memoryLimit) * 0.75)}mb`,
          // Sidekiq's jobs live here: refuse a write rather than drop one.
          'maxmemory-policy noeviction',
          'include /run/redis-secret/auth.conf',
          '',
        ].join('\n'),
      },
    });
    externalSecret(this, 'secret', {
      name,
      namespace: this.namespace as string,
      data: {
        password: { entry: 'redis', key: 'auth_token' },
        ca: { entry: 'redis-server', key: 'ca_certificate' },
        certificate: { entry: 'redis-server', key: 'certificate' },
        key: { entry: 'redis-server', key: 'private_key' },
      },
      templates: {
        'auth.conf': 'requirepass {{ .password | trim | quote }}\n',
        password: '{{ .password | trim }}',
        'ca.crt': '{{ .ca | trim }}\n',
        'tls.crt': '{{ .certificate | trim }}\n',
        'tls.key': '{{ .key | trim }}\n',
      },
    });
    const secret = kplus.Secret.fromSecretName(this, 'credentials', name);
    const service = headlessService(this, 'service', { name, port, pods: labels });

    const data = dataVolume(this, 'data', 'redis-data', settings.storage);
    const server = new kplus.StatefulSet(this, 'server', {
      metadata: {
        name,
        // Reads its password when it starts.
        annotations: { ...wave('workload'), 'secret.reloader.stakater.com/reload': name },
      },
      service,
      replicas: 1,
      podMetadata: { labels },
      select: false,
      automountServiceAccountToken: false,
      terminationGracePeriod: Duration.seconds(30),
      securityContext: {
        ensureNonRoot: true,
        fsGroup: user.group,
        fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH,
      },
    });
    server.select(kplus.LabelSelector.of({ labels }));
    allow(
      server,
      'single-replica',
      'the data is on one volume, and what needs more than one Redis is given ElastiCache',
    );
    const asks = (period: number, failures: number) =>
      kplus.Probe.fromCommand(
        // redis-cli answers 0 to an error of the server too, so its word is looked at.
        [
          'sh',
          '-c',
          `redis-cli --tls --cacert /run/redis-secret/ca.crt -h localhost --sni "$0" -p ${port} ping | grep -q PONG`,
          site.redis.host,
        ],
        {
          periodSeconds: Duration.seconds(period),
          failureThreshold: failures,
          timeoutSeconds: Duration.seconds(3),
        },
      );
    server.addContainer({
      name,
      image: settings.image,
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      command: ['redis-server', '/etc/redis/redis.conf'],
      envVariables: { REDISCLI_AUTH: kplus.EnvValue.fromSecretValue({ secret, key: 'password' }) },
      ports: [{ name, number: port, protocol: kplus.Protocol.TCP }],
      startup: asks(2, 30),
      readiness: asks(5, 3),
      liveness: asks(10, 6),
      resources: containerResources(settings.resources),
      securityContext: restricted(user),
      volumeMounts: [
        { path: '/data', volume: data },
        {
          path: '/etc/redis',
          volume: kplus.Volume.fromConfigMap(this, 'etc', config, { name: 'config' }),
          readOnly: true,
        },
        {
          path: '/run/redis-secret',
          volume: kplus.Volume.fromSecret(this, 'files', secret, { name: 'secret', defaultMode: 0o440 }),
          readOnly: true,
        },
        { path: '/tmp', volume: kplus.Volume.fromEmptyDir(this, 'tmp', 'tmp') },
      ],
    });
    if (!settings.image.includes('@sha256:'))
      allow(
        server,
        'image-pull-policy',
        'another build of the same release is as good; a pod starts also while Docker Hub is away',
      );
    keepAvailable(server);

    const clients = clientsOf(site, [
      ...['web', 'sidekiq', 'scheduled', 'console'],
      // It brings the seeds.
      ...(site.environment.preview ? ['migrations'] : []),
    ]);
    openNetwork(this, 'network-policy', {
      name,
      pods: labels,
      from: [{ peers: [...clients, ...(site.environment.sidekiq.scaling ? [scaler] : [])], port }],
    });
  }
}
