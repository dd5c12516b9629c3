/**
 * The entries of AWS Secrets Manager and their keys, as `<prefix>/<entry>`: Terraform creates each, and ExternalSecrets
 * read them. A value never stands in git.
 */
export const entries = {
  /** The app's own database role; alternates between two roles when it rotates. */
  database: ['username', 'password'],
  redis: ['auth_token'],
  rails: ['secret_key_base'],
  sentry: ['dsn', 'auth_token'],
  datadog: ['api_key', 'app_key', 'pgbouncer_password'],
  maps: ['api_key'],
  /** SES: the credentials of its SMTP endpoint, which are not those of an IAM user. */
  smtp: ['username', 'password'],
  /** In-cluster PostgreSQL and Redis: the superuser, and a certificate for each server by one authority. */
  postgres: ['superuser_password', 'ca_certificate', 'certificate', 'private_key'],
  'redis-server': ['ca_certificate', 'certificate', 'private_key'],
  /**
   * Argo CD and Jenkins, each with its own: the GitHub App, whose key is in PKCS#8, which Jenkins asks for; the OAuth app,
   * whose callback is the host; the webhook.
   */
  github: ['app_id', 'installation_id', 'private_key', 'client_id', 'client_secret', 'webhook_secret'],
  slack: ['token'],
  /** What the node agents and the Cluster Agent know each other by. */
  'cluster-agent': ['token'],
} as const;

/**
 * Entries of Datadog's namespace whose keys are names of environments. `pgbouncer` and `redis-monitor` are copies of what
 * the environment has as `datadog/pgbouncer_password` and `redis/auth_token`; `database-monitor` is the password of the
 * role that reads statistics. The last two are for environments outside the cluster.
 */
export const byEnvironment = ['pgbouncer', 'redis-monitor', 'database-monitor'] as const;

export type Entry = keyof typeof entries;
export type SecretRef =
  | {
      readonly [E in Entry]: { readonly entry: E; readonly key: (typeof entries)[E][number] };
    }[Entry]
  | { readonly entry: (typeof byEnvironment)[number]; readonly key: string };

/** What a namespace may read: its SecretStore's role is limited to this prefix. */
export function prefix(namespace: string): string {
  return `eren/${namespace}`;
}
