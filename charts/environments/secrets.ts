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
  /** In-cluster PostgreSQL and Redis: the superuser, and a certificate for each server by one authority. */
  postgres: ['superuser_password', 'ca_certificate', 'certificate', 'private_key'],
  'redis-server': ['ca_certificate', 'certificate', 'private_key'],
  /** Argo CD: the GitHub App that reads this repository and writes commit statuses, the OAuth app, the webhook. */
  github: ['app_id', 'installation_id', 'private_key', 'client_id', 'client_secret', 'webhook_secret'],
  slack: ['token'],
} as const;

export type Entry = keyof typeof entries;
export type SecretRef = {
  readonly [E in Entry]: { readonly entry: E; readonly key: (typeof entries)[E][number] };
}[Entry];

/** What a namespace may read: its SecretStore's role is limited to this prefix. */
export function prefix(namespace: string): string {
  return `eren/${namespace}`;
}
