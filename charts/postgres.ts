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
import { dataClaim } from './environments/infrastructure';
import { clientsOf } from './rails';
import type { AnySite } from './settings';

/** The postgres user of the official Debian image. */
const user = { user: 999, group: 999 };
const secretFile = (name: string) => `/run/postgres-secret/${name}`;

/** PostgreSQL in the namespace, where the environment has no RDS; the same TLS and roles as there. */
export class PostgresChart extends Chart {
  constructor(
    scope: Construct,
    id: string,
    site: AnySite,
    settings: NonNullable<Environment['inCluster']>['postgres'],
  ) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { port, name: database } = site.database;
    const { max } = site.environment.connections;
    const name = 'postgres';
    const labels = {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': 'database',
      ...systemLabel(this),
    };

    const config = new kplus.ConfigMap(this, 'config', {
      metadata: { name, annotations: wave('prerequisites') },
      data: {
        'pg_hba.conf': 'local all all trust\nhostssl all all all scram-sha-256\n',
        // Runs once, on an empty volume: the app's role owns its database and is not a superuser.
        'app-role.sh': [
          'set -eu',
          `read() { cat "${secretFile('$1')}"; }`,
          'psql -v ON_ERROR_STOP=1 -v name="$(read username)" -v password="$(read password)" <<\'SQL\'',
          'create role :"name" login password :\'password\';',
          `create database ${database} owner :"name";`,
          'SQL',
          '',
        ].join('\n'),
      },
    });
    externalSecret(this, 'secret', {
      name,
      namespace: this.namespace as string,
      data: {
        username: { entry: 'database', key: 'username' },
        password: { entry: 'database', key: 'password' },
        'superuser-password': { entry: 'postgres', key: 'superuser_password' },
        'tls.crt': { entry: 'postgres-server', key: 'certificate' },
        'tls.key': { entry: 'postgres-server', key: 'private_key' },
      },
    });
    const secret = kplus.Secret.fromSecretName(this, 'credentials', name);
    const service = headlessService(this, 'service', { name, port, pods: labels });

    // The volumes of this name are backed up, and what comes and goes need not be.
    const claim = site.environment.preview ? 'postgres' : dataClaim;
    const data = dataVolume(this, 'data', claim, settings.storage);
    const server = new kplus.StatefulSet(this, 'server', {
      metadata: { name, annotations: wave('workload') },
      service,
      replicas: 1,
      podMetadata: { labels },
      select: false,
      automountServiceAccountToken: false,
      terminationGracePeriod: Duration.seconds(60),
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
      'the data is on one volume, and what needs more than one PostgreSQL is given RDS',
    );
    const asks = (period: number, failures: number) =>
      kplus.Probe.fromCommand(['pg_isready', '--host=/run/postgresql', '--quiet'], {
        periodSeconds: Duration.seconds(period),
        failureThreshold: failures,
        timeoutSeconds: Duration.seconds(3),
      });
    const file = (path: string) => `/etc/postgresql/${path}`;
    server.addContainer({
      name,
      image: settings.image,
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      args: Object.entries({
        max_connections: max,
        hba_file: file('pg_hba.conf'),
        ssl: 'on',
        ssl_cert_file: secretFile('tls.crt'),
        ssl_key_file: secretFile('tls.key'),
        password_encryption: 'scram-sha-256',
        // What RDS of this size would have, within the memory limit.
        shared_buffers: '64MB',
        unix_socket_directories: '/run/postgresql',
      }).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      envVariables: {
        PGDATA: kplus.EnvValue.fromValue('/var/lib/postgresql/data/pgdata'),
        POSTGRES_PASSWORD_FILE: kplus.EnvValue.fromValue(secretFile('superuser-password')),
      },
      ports: [{ name, number: port, protocol: kplus.Protocol.TCP }],
      startup: asks(2, 60),
      readiness: asks(5, 3),
      liveness: asks(10, 6),
      resources: containerResources(settings.resources),
      securityContext: restricted(user),
      volumeMounts: [
        { path: '/var/lib/postgresql/data', volume: data },
        {
          path: '/etc/postgresql',
          volume: kplus.Volume.fromConfigMap(this, 'etc', config, { name: 'config' }),
          readOnly: true,
        },
        {
          path: '/docker-entrypoint-initdb.d',
          volume: kplus.Volume.fromConfigMap(this, 'init', config, {
            name: 'init',
            items: { 'app-role.sh': { path: 'app-role.sh' } },
          }),
          readOnly: true,
        },
        // PostgreSQL reads a key of root's that its group may read, and no other.
        {
          path: '/run/postgres-secret',
          volume: kplus.Volume.fromSecret(this, 'files', secret, { name: 'secret', defaultMode: 0o640 }),
          readOnly: true,
        },
        { path: '/run/postgresql', volume: kplus.Volume.fromEmptyDir(this, 'socket', 'socket') },
        { path: '/tmp', volume: kplus.Volume.fromEmptyDir(this, 'tmp', 'tmp') },
      ],
    });
    keepAvailable(server);

    const clients = clientsOf(site, ['web', 'sidekiq', 'console', 'migrations']);
    openNetwork(this, 'network-policy', { name, pods: labels, from: [{ peers: clients, port }] });
  }
}
