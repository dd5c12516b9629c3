import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { type ExternalSecretProps, externalSecret } from './constructs/external-secret';
import { internet, type Peer, podIdentity, type TrafficRule } from './constructs/network-policy';
import type { PgBouncerProps } from './constructs/pgbouncer';
import { PgBouncer } from './constructs/pgbouncer';
import { restricted } from './constructs/restricted';
import { passwordVariable } from './datadog/password';
import { seconds } from './environments/units';
import type { AnySite, Endpoint } from './settings';

/** Labels of every pod of the app. */
export const railsLabels = { 'app.kubernetes.io/name': 'e-ren', 'app.kubernetes.io/part-of': 'e-ren' };

/** Labels that select the pods of one part of the app; they never change, because a selector cannot. */
export function componentLabels(component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'e-ren',
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'e-ren',
  };
}

/** Datadog's unified tags and the version that the analysis compares; new with every image. */
export function releaseLabels({ environment }: AnySite, service: string, version: string): Record<string, string> {
  return {
    version,
    'tags.datadoghq.com/env': environment.name,
    'tags.datadoghq.com/service': service,
    'tags.datadoghq.com/version': version,
  };
}

/** The rails user of the image that Rails' own Dockerfile builds. */
export const railsUser = { user: 1000, group: 1000 };

/** The app lives here in the image; tmp/cache stays readable, because the image's bootsnap cache is in it. */
const home = '/rails';

/** The Secret of what the app reads from its environment, and what one part of it reads beside. A change restarts the pods (Reloader). */
export function railsSecret(
  scope: Construct,
  name: string,
  site: AnySite,
  beside: Pick<ExternalSecretProps, 'data' | 'templates' | 'forHook'> = { data: {} },
): kplus.ISecret {
  const { preview } = site.environment;
  externalSecret(scope, 'environment', {
    name,
    namespace: site.environment.namespace,
    data: {
      secret_key_base: { entry: 'rails', key: 'secret_key_base' },
      ...(!preview && { sentry_dsn: { entry: 'services', key: 'sentry_dsn' } }),
      redis_password: { entry: 'redis', key: 'auth_token' },
      ...(!preview && { maps_api_key: { entry: 'services', key: 'maps_api_key' } }),
      ...(site.environment.inCluster && { redis_ca: { entry: 'redis-server', key: 'ca_certificate' } }),
      ...beside.data,
    },
    templates: {
      SECRET_KEY_BASE: '{{ .secret_key_base | trim }}',
      ...(!preview && {
        SENTRY_DSN: '{{ .sentry_dsn | trim }}',
        GOOGLE_MAPS_API_KEY: '{{ .maps_api_key | trim }}',
      }),
      REDIS_URL: `rediss://:{{ .redis_password | trim | urlquery }}@${site.redis.host}:${site.redis.port}/0`,
      ...(site.environment.inCluster && { 'redis-ca.pem': '{{ .redis_ca | trim }}\n' }),
      ...beside.templates,
    },
    forHook: beside.forHook,
  });
  return kplus.Secret.fromSecretName(scope, 'secret', name);
}

/** What the app of any pod reads from its environment; nothing of it is secret but what names a Secret. */
export function railsEnvironment(site: AnySite, service: string, version: string, secret: kplus.ISecret) {
  const { environment, cluster } = site;
  const text = kplus.EnvValue.fromValue;
  const hidden = (key: string) => kplus.EnvValue.fromSecretValue({ secret, key });
  const agent = `datadog-agent.${cluster.datadog.namespace}.svc.cluster.local`;
  return {
    RAILS_ENV: text('production'),
    RAILS_LOG_TO_STDOUT: text('1'),
    RAILS_SERVE_STATIC_FILES: text('1'),
    // The root file system is read-only, and the cache was made with the image.
    BOOTSNAP_READONLY: text('true'),
    APP_HOST: text(environment.host),
    DATABASE_URL: text(`postgresql://${PgBouncer.clientRole}@127.0.0.1:${PgBouncer.port}/${site.database.name}`),
    REDIS_URL: hidden('REDIS_URL'),
    SECRET_KEY_BASE: hidden('SECRET_KEY_BASE'),
    ...(environment.preview
      ? // Nobody is told of its errors, it sends no mail and no trace, and what costs money it cannot ask.
        { DD_TRACE_ENABLED: text('false'), MAIL_DELIVERIES: text('off') }
      : { GOOGLE_MAPS_API_KEY: hidden('GOOGLE_MAPS_API_KEY'), SENTRY_DSN: hidden('SENTRY_DSN') }),
    SENTRY_ENVIRONMENT: text(environment.name),
    // Sessions are counted by release, so it is unique per build.
    SENTRY_RELEASE: text(version),
    SENTRY_TRACES_SAMPLE_RATE: text(String(environment.sentry.tracesSampleRate)),
    SENTRY_PROFILES_SAMPLE_RATE: text(String(environment.sentry.profilesSampleRate)),
    DD_ENV: text(environment.name),
    DD_SERVICE: text(service),
    DD_VERSION: text(version),
    DD_AGENT_HOST: text(agent),
    DD_TRACE_AGENT_PORT: text('8126'),
    DD_DOGSTATSD_PORT: text('8125'),
    DD_LOGS_INJECTION: text('true'),
    ...(environment.assetsHost && { RAILS_ASSET_HOST: text(`https://${environment.assetsHost}`) }),
    ...(site.buckets && { AWS_REGION: text(cluster.region), UPLOADS_BUCKET: text(site.buckets.uploads) }),
    ...(environment.inCluster && { REDIS_CA_FILE: text('/run/redis/redis-ca.pem') }),
  };
}

/** What every container of the app's image has in common. */
export function railsContainer(scope: Construct, site: AnySite, secret: kplus.ISecret) {
  const scratch = { 'rails-pids': `${home}/tmp/pids`, 'rails-log': `${home}/log`, tmp: '/tmp' };
  const writable = Object.entries(scratch).map(([name, path]) => ({
    path,
    volume: kplus.Volume.fromEmptyDir(scope, name, name, { sizeLimit: Size.mebibytes(512) }),
  }));
  const authority = {
    path: '/run/redis',
    volume: kplus.Volume.fromSecret(scope, 'redis-ca', secret, {
      name: 'redis-ca',
      items: { 'redis-ca.pem': { path: 'redis-ca.pem' } },
    }),
    readOnly: true,
  };
  return {
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    securityContext: restricted(railsUser),
    volumeMounts: [...writable, ...(site.environment.inCluster ? [authority] : [])],
  };
}

/** Ends only when the database has every migration of this image; until then the containers after it do not start. */
export function pendingMigrations<Container extends object>(rails: Container) {
  return {
    ...rails,
    name: 'pending-migrations',
    command: ['bundle', 'exec', 'rails', 'db:abort_if_pending_migrations'],
  };
}

/** The pool of one pod, with this many server connections. */
export function railsPool(
  { cluster, environment, database }: AnySite,
  name: string,
  size: number,
): PgBouncerProps {
  const { pgbouncer } = environment;
  return {
    name,
    image: cluster.images.pgbouncer,
    server: database,
    certificates: database.certificates,
    pool: size,
    maxClients: pgbouncer.maxClients,
    serverIdleTimeout: seconds(pgbouncer.serverIdleTimeout),
    queryWaitTimeout: seconds(pgbouncer.queryWaitTimeout),
    maxPreparedStatements: pgbouncer.maxPreparedStatements,
    statsPassword: passwordVariable('PGBOUNCER', environment.name),
    resources: pgbouncer.resources,
  };
}

/** Where a pod of the app connects to, beside DNS. */
export function railsEgress(site: AnySite): TrafficRule[] {
  // Uploads are written and read by its own role.
  return [endpointRule(site.database), ...poollessEgress(site), ...(site.buckets ? [podIdentity] : [])];
}

/** The same of a pod that has no pool, and so no connection to the database, and no role at AWS. */
export function poollessEgress({ cluster, redis, environment }: AnySite): TrafficRule[] {
  // What runs there is nobody's decision yet: it reaches its own namespace and nothing else.
  if (environment.preview) return [endpointRule(redis)];
  const agent: Peer = {
    pods: { 'app.kubernetes.io/name': 'datadog-agent' },
    namespace: cluster.datadog.namespace,
  };
  return [
    endpointRule(redis),
    { peers: [agent], port: 8126 },
    { peers: [agent], port: 8125, protocols: ['UDP'] },
    { peers: [internet], port: 443 },
  ];
}

/** The agent's check of the pool, by its own role. */
export function poolStatistics({ cluster }: AnySite): TrafficRule {
  return {
    peers: [{ pods: { 'app.kubernetes.io/name': 'datadog-agent' }, namespace: cluster.datadog.namespace }],
    port: PgBouncer.port,
  };
}

/** The pods that there are of these parts of the app: a preview has nothing scheduled, and nobody works in it. */
export function clientsOf({ environment }: AnySite, components: readonly string[]): Peer[] {
  const absent = environment.preview ? ['scheduled', 'console'] : [];
  const there = components.filter((component) => !absent.includes(component));
  return there.map((component) => ({ pods: componentLabels(component) }));
}

export function endpointRule({ peers, port }: Endpoint): TrafficRule {
  return { peers, port };
}
