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

/** One entry of Secrets Manager with the keys that its namespace reads. */
export interface SecretEntry {
  readonly namespace: string;
  readonly entry: Entry | (typeof byEnvironment)[number];
  /** Keys that Terraform makes up, once. Entries of two namespaces with the same name for a value have the same value. */
  readonly generated: Readonly<Record<string, string>>;
  /** Keys that a person fills in: nobody can make them up. */
  readonly byPerson: readonly string[];
  /** Keys that are no secret. */
  readonly fixed: Readonly<Record<string, string>>;
}

/** The first of the two roles between which `database` alternates; both act as their common owner. */
export const firstDatabaseRole = 'eren_a';

/**
 * Every entry there is, for these environments: what Terraform creates, and what the bill counts. A generated value is
 * named by where it is at home, so that a copy for Datadog's namespace is the same value.
 */
export function secretEntries(
  environments: readonly { readonly namespace: string; readonly name: string; readonly aws?: object }[],
): SecretEntry[] {
  const entry = (
    namespace: string,
    name: SecretEntry['entry'],
    { generated = {}, byPerson = [], fixed = {} }: Partial<Omit<SecretEntry, 'namespace' | 'entry'>>,
  ): SecretEntry => ({ namespace, entry: name, generated, byPerson, fixed });
  const home = (namespace: string, name: Entry, key: string) => `${namespace}/${name}/${key}`;
  const github = (namespace: string, byPerson: readonly string[]) =>
    entry(namespace, 'github', {
      generated: { webhook_secret: home(namespace, 'github', 'webhook_secret') },
      byPerson,
    });
  const each = (value: (namespace: string) => string, among = environments) =>
    Object.fromEntries(among.map(({ name, namespace }) => [name, value(namespace)]));
  const onAws = environments.filter(({ aws }) => aws);

  return [
    ...environments.flatMap(({ namespace, aws }) => {
      const made = (name: Entry, key: string) => ({ [key]: home(namespace, name, key) });
      const server = ['ca_certificate', 'certificate', 'private_key'];
      return [
        entry(namespace, 'database', {
          generated: made('database', 'password'),
          fixed: { username: firstDatabaseRole },
        }),
        entry(namespace, 'redis', { generated: made('redis', 'auth_token') }),
        entry(namespace, 'rails', { generated: made('rails', 'secret_key_base') }),
        entry(namespace, 'sentry', { byPerson: ['dsn', 'auth_token'] }),
        entry(namespace, 'datadog', {
          generated: made('datadog', 'pgbouncer_password'),
          byPerson: ['api_key', 'app_key'],
        }),
        entry(namespace, 'maps', { byPerson: ['api_key'] }),
        entry(namespace, 'smtp', { byPerson: ['username', 'password'] }),
        ...(aws
          ? []
          : [
              entry(namespace, 'postgres', {
                generated: made('postgres', 'superuser_password'),
                byPerson: server,
              }),
              entry(namespace, 'redis-server', { byPerson: server }),
            ]),
      ];
    }),
    github('argocd', ['app_id', 'installation_id', 'private_key', 'client_id', 'client_secret']),
    entry('argocd', 'datadog', { byPerson: ['api_key'] }),
    entry('argocd', 'slack', { byPerson: ['token'] }),
    github('ci-cd', ['app_id', 'private_key', 'client_id', 'client_secret']),
    entry('ci-cd', 'sentry', { byPerson: ['auth_token'] }),
    entry('ci-cd', 'slack', { byPerson: ['token'] }),
    entry('datadog', 'datadog', { byPerson: ['api_key', 'app_key'] }),
    entry('datadog', 'cluster-agent', { generated: { token: home('datadog', 'cluster-agent', 'token') } }),
    entry('datadog', 'pgbouncer', { generated: each((of) => home(of, 'datadog', 'pgbouncer_password')) }),
    entry('datadog', 'redis-monitor', { generated: each((of) => home(of, 'redis', 'auth_token'), onAws) }),
    entry('datadog', 'database-monitor', {
      generated: each((of) => `datadog/database-monitor/${of}`, onAws),
    }),
  ];
}
