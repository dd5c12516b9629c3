import { awsImage, type Image, pgbouncerImage, postgresImage, redisImage } from './images';
import type { Entries } from './secrets';

/**
 * All that is not as the committed YAML has it. No port is here, no setting of a program and no command: those are read.
 */

/** Names of AWS, of the cluster and of Sentry, which here lead to hosts of this run. */
export const names = {
  database: 'eren-production.000000000000.us-east-1.rds.amazonaws.com',
  stagingDatabase: 'postgres.staging.svc.cluster.local',
  redis: 'master.eren-production.000000.use1.cache.amazonaws.com',
  stagingRedis: 'redis.staging.svc.cluster.local',
  datadog: 'datadog-agent.datadog.svc.cluster.local',
  sentry: 'sentry.test',
  assets: 'assets.eren.washu.edu',
};

/** A file of a ConfigMap or an annotation with the authority of RDS: here the run's own. ElastiCache's is the system's. */
export const authorityFile = 'ca.pem';
export const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt';

/** Images that no registry here has, and what is run for them. */
export function imageOf(reference: string, rails: Image): Image {
  const found = Object.entries({
    '/e-ren:': rails,
    '/cloudnative-pg/pgbouncer:': pgbouncerImage,
    '/aws-cli/aws-cli:': awsImage,
    '/library/postgres:': postgresImage,
    '/library/redis:': redisImage,
  }).find(([part]) => reference.includes(part));
  if (!found) throw new Error(`nothing stands for the image ${reference}`);
  return found[1];
}

/** What Secrets Manager would hold. A password has what a password may have, where the manifests must quote it. */
export const passwords = { database: `pa'ss"w%rd, 1`, redis: 'redis/pass+word=1', statistics: 'stats-1' };

/** Without Pod Identity's agent, the AWS CLI is given keys, and an address: of a name it would make one for each bucket. */
export function aws(address: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `http://${address}:5000`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
}

/** `max_connections` of RDS, which Terraform sets; the database of this run is staging's StatefulSet, with its own. */
export const maxConnections = { production: 40, documents: 30 };

export interface ServerFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export function entries({ authority, certificate, key }: ServerFiles): Entries {
  const common = (redisPassword: string) => ({
    rails: { secret_key_base: 'a'.repeat(128) },
    redis: { auth_token: redisPassword },
    services: {
      sentry_dsn: `http://public@${names.sentry}/1`,
      maps_api_key: 'maps',
      smtp_username: 'smtp',
      smtp_password: 'smtp',
    },
    'pgbouncer-statistics': { password: passwords.statistics },
    database: { username: 'eren', password: passwords.database },
  });
  const of = (environment: string, all: Entries): Entries =>
    Object.fromEntries(Object.entries(all).map(([entry, values]) => [`eren/${environment}/${entry}`, values]));
  return {
    ...of('production', common(passwords.redis)),
    ...of('staging', {
      ...common(passwords.redis),
      postgres: { superuser_password: 'superuser' },
      'postgres-server': { certificate, private_key: key, ca_certificate: authority },
      'redis-server': { ca_certificate: authority, certificate, private_key: key },
    }),
  };
}
