import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { ApplicationOptions } from './application-options';
import { internet, openNetwork, podIdentity } from './constructs/network-policy';
import { containerResources } from './constructs/resources';
import { wave } from './constructs/sync-wave';
import { seconds } from './environments/units';
import { schemaOf } from './images';
import { readByPipeline } from './jenkins/reader';
import { takeSnapshot } from './migrations/snapshot';
import {
  componentLabels,
  endpointRule,
  railsContainer,
  railsEnvironment,
  railsSecret,
  railsUser,
  releaseLabels,
} from './rails';
import type { AnySite } from './settings';

const name = 'eren-migrations';
const authority = { folder: '/run/database', file: 'ca.pem' };

/**
 * Brings the schema to that of an image, before web runs it. Where a person starts it, a snapshot of the database may come
 * first.
 */
export class MigrationsChart extends Chart implements ApplicationOptions {
  public readonly manual: boolean;
  public readonly info?: ApplicationOptions['info'];

  constructor(scope: Construct, id: string, site: AnySite<'migrations'>) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { migrations, inCluster, preview, connections } = site.environment;
    const { database } = site;
    this.manual = migrations.startedBy === 'person';
    if (migrations.window) this.info = { 'Low-traffic window': `${migrations.window} UTC` };
    const image = site.images.migrations;
    const labels = componentLabels('migrations');

    const account = new kplus.ServiceAccount(this, 'service-account', {
      metadata: { name, annotations: wave('prerequisites') },
      automountToken: false,
    });
    const secret = railsSecret(this, name, site, {
      data: {
        username: { entry: 'database', key: 'username' },
        password: { entry: 'database', key: 'password' },
        ...(inCluster && { database_ca: { entry: 'postgres-server', key: 'ca_certificate' } }),
      },
      templates: {
        PGUSER: '{{ .username | trim }}',
        PGPASSWORD: '{{ .password | trim }}',
        ...(inCluster && { [authority.file]: '{{ .database_ca | trim }}\n' }),
      },
      forHook: !preview,
    });
    const job = new kplus.Job(this, 'job', {
      metadata: {
        name,
        annotations: {
          ...wave(preview ? 'workload' : 'jobs'),
          'argocd.argoproj.io/hook': 'Sync',
          // A Job cannot change, so the one of the sync before goes first; until then its log can be read.
          'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
        },
      },
      podMetadata: { labels: { ...labels, ...releaseLabels(site, name, image.tag) } },
      select: false,
      serviceAccount: account,
      automountServiceAccountToken: false,
      restartPolicy: kplus.RestartPolicy.NEVER,
      // The second attempt is for a lock that was not given in time; a broken migration fails twice.
      backoffLimit: 1,
      activeDeadline: Duration.seconds(seconds(migrations.deadline)),
      securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
    });
    const common = railsContainer(this, site, secret);
    const rails = {
      ...common,
      image: image.reference,
      resources: containerResources(migrations.resources),
      envVariables: {
        ...railsEnvironment(site, name, image.tag, secret),
        // Past the pool: Rails holds an advisory lock of its session meanwhile. libpq takes the role from PGUSER and
        // PGPASSWORD, so that no URL holds a secret.
        DATABASE_URL: kplus.EnvValue.fromValue(
          `postgresql://${database.host}:${database.port}/${database.name}?sslmode=verify-full&sslrootcert=${authority.folder}/${authority.file}`,
        ),
        PGUSER: kplus.EnvValue.fromSecretValue({ secret, key: 'PGUSER' }),
        PGPASSWORD: kplus.EnvValue.fromSecretValue({ secret, key: 'PGPASSWORD' }),
        PGOPTIONS: kplus.EnvValue.fromValue(limits(migrations)),
        // The agent is not open to this pod.
        DD_TRACE_ENABLED: kplus.EnvValue.fromValue('false'),
        ...(preview && { RAILS_MAX_THREADS: kplus.EnvValue.fromValue(String(connections.migration)) }),
      },
      volumeMounts: [
        ...common.volumeMounts,
        { path: authority.folder, volume: this.authorities(database.certificates, secret), readOnly: true },
      ],
    };
    if (migrations.snapshot) takeSnapshot(job, site, migrations.snapshot, rails);
    const migrate = { ...rails, name: 'migrate', command: ['bundle', 'exec', 'rails', 'db:migrate'] };
    if (preview) {
      job.addInitContainer({ ...rails, name: 'database', command: awaited(database) });
      job.addInitContainer(migrate);
      job.addContainer({ ...rails, name: 'seed', command: ['bundle', 'exec', 'rails', 'db:seed'] });
    } else job.addContainer(migrate);

    // A hook is left out when Argo CD compares: the Job alone makes nothing OutOfSync, whatever image it has. This object
    // is what makes it due, and it changes only with the migrations; because it comes after the Job, it is written only
    // when that succeeded, and says in the cluster which migrations the database has.
    // In a preview each image makes them due.
    const { id: schema, since } = site.schema ?? schemaOf(image);
    if (!preview)
      new kplus.ConfigMap(this, 'migrated', {
        metadata: { name, annotations: wave('workload') },
        data: { schema, since },
      });
    readByPipeline(this, 'migrations-reader', [
      ...(preview ? [] : [{ apiGroup: '', resource: 'configmaps', name, verbs: ['get'] }]),
      { apiGroup: 'batch', resource: 'jobs', name, verbs: ['get'] },
    ]);

    openNetwork(this, 'network-policy', {
      name,
      pods: labels,
      to: [
        endpointRule(database),
        ...(migrations.snapshot ? [podIdentity] : []),
        // Seeds enqueue jobs, such as the mail to a new person.
        preview ? endpointRule(site.redis) : { peers: [internet], port: 443 },
      ],
    });
  }

  /** Who signs the database's certificate: Amazon, by a list in git, or the environment's own authority. */
  private authorities(certificates: string | undefined, secret: kplus.ISecret): kplus.Volume {
    if (!certificates)
      return kplus.Volume.fromSecret(this, 'authorities', secret, {
        name: 'database-ca',
        items: { [authority.file]: { path: authority.file } },
      });
    const config = new kplus.ConfigMap(this, 'certificates', {
      metadata: { name: `${name}-certificates`, annotations: wave('prerequisites') },
      data: { [authority.file]: certificates },
    });
    return kplus.Volume.fromConfigMap(this, 'authorities', config, { name: 'database-ca' });
  }
}

/** Ends when the server of a preview takes connections, which it does once it has made its database. */
function awaited({ host, port }: AnySite['database']): string[] {
  const ask = 'begin; TCPSocket.new(*ARGV).close; rescue SystemCallError, SocketError; sleep 1; retry; end';
  return ['ruby', '-rsocket', '-e', ask, host, String(port)];
}

/** What every session of it begins with. */
function limits({ lockTimeout, statementTimeout }: AnySite['environment']['migrations']): string {
  return `-c lock_timeout=${seconds(lockTimeout)}s -c statement_timeout=${seconds(statementTimeout)}s`;
}
