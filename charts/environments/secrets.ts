import { createHash } from 'node:crypto';

/**
 * What Terraform makes up: entry of AWS Secrets Manager to its key. One value an entry, because Terraform cannot change a
 * part of one: it knows no value, and would make all of them anew for the sake of another key.
 */
export const generated = {
  /** The app's own database role; alternates between two roles when it rotates, so its name stands beside the password. */
  database: 'password',
  redis: 'auth_token',
  rails: 'secret_key_base',
  /** The role that reads the statistics of every pool. */
  'pgbouncer-statistics': 'password',
  /** The role that reads the statistics of RDS' PostgreSQL. */
  'database-monitor': 'password',
  /** The superuser of PostgreSQL in the cluster. */
  postgres: 'superuser_password',
  /** What GitHub signs its calls with; typed there by a person. */
  'github-webhook': 'secret',
  /** What the node agents and the Cluster Agent know each other by. */
  'cluster-agent': 'token',
} as const;

/** What a person types, because nobody can make it up: entry to its keys. Terraform never writes a value there. */
export const typed = {
  /**
   * What an environment's app needs at Sentry, Datadog, Google Maps and SES (its SMTP endpoint, whose credentials are not
   * those of an IAM user). One entry and not four: an entry costs $0.40 a month, and one role reads them all anyway.
   */
  services: [
    'sentry_dsn',
    'sentry_auth_token',
    'datadog_api_key',
    'datadog_app_key',
    'maps_api_key',
    'smtp_username',
    'smtp_password',
  ],
  /** Jenkins. */
  sentry: ['auth_token'],
  /** The agents; Argo CD's notices. */
  datadog: ['api_key', 'app_key'],
  /** In-cluster PostgreSQL and Redis: a certificate for each server by one authority. */
  'postgres-server': ['ca_certificate', 'certificate', 'private_key'],
  'redis-server': ['ca_certificate', 'certificate', 'private_key'],
  /**
   * Argo CD and Jenkins, each with its own: the GitHub App, whose key is in PKCS#8, which Jenkins asks for; the OAuth app,
   * whose callback is the host.
   */
  github: ['app_id', 'installation_id', 'private_key', 'client_id', 'client_secret'],
  slack: ['token'],
} as const;

type Generated = keyof typeof generated;
type Typed = keyof typeof typed;

/** The first of the two roles between which `database` alternates; both act as their common owner. */
export function firstDatabaseRole({ prefix }: Named): string {
  return `${underscored(prefix)}_a`;
}

/** As PostgreSQL takes a name without quotes. */
export function underscored(prefix: string): string {
  return prefix.replaceAll('-', '_');
}

/** Keys beside a generated one that are not secret, with their first values. */
const fixedOf = (system: Named): Partial<Record<Generated, Readonly<Record<string, string>>>> => ({
  database: { username: firstDatabaseRole(system) },
});

/** A key of an entry; of the namespace that reads it, or of another one that shares the entry with it. */
export type SecretRef = { readonly namespace?: string } & (
  | { readonly [E in Generated]: { readonly entry: E; readonly key: (typeof generated)[E] } }[Generated]
  | { readonly [E in Typed]: { readonly entry: E; readonly key: (typeof typed)[E][number] } }[Typed]
  | { readonly entry: 'database'; readonly key: 'username' }
);

type Named = { readonly prefix: string };

/** What a namespace may read: its SecretStore's role is limited to this prefix, and to what others share with it. */
export function secretPrefix({ prefix }: Named, namespace: string): string {
  return `${prefix}/${namespace}`;
}

/** The name of an entry in Secrets Manager. */
export function entryName(system: Named, { namespace, entry }: Pick<SecretEntry, 'namespace' | 'entry'>): string {
  return `${secretPrefix(system, namespace)}/${entry}`;
}

/** One entry of Secrets Manager: of Terraform or of a person, never of both. */
export interface SecretEntry {
  readonly namespace: string;
  readonly entry: Generated | Typed;
  /** Who writes its values. */
  readonly writtenBy: 'terraform' | 'person';
  /** All its keys, in order. */
  readonly keys: readonly string[];
  /** What of these is not a secret, and its first value. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Namespaces beside its own whose roles may read it: a value has one home, and no copies. */
  readonly readBy: readonly string[];
}

/**
 * The number that Terraform compares instead of a value it does not know: another one when the entry has other keys, and
 * then only.
 */
export function keysVersion({ keys }: Pick<SecretEntry, 'keys'>): number {
  // 28 bits: Terraform's provider keeps a whole number.
  return Number.parseInt(
    createHash('sha256')
      .update([...keys].sort().join('\n'))
      .digest('hex')
      .slice(0, 7),
    16,
  );
}

/** Every entry there is, for these environments: what Terraform creates, what roles may read, what the bill counts. */
export function secretEntries(
  system: Named,
  environments: readonly { readonly namespace: string; readonly name: string; readonly aws?: object }[],
): SecretEntry[] {
  const fixed = fixedOf(system);
  const made = (namespace: string, entry: Generated, ...readBy: string[]): SecretEntry => ({
    namespace,
    entry,
    writtenBy: 'terraform',
    keys: [...Object.keys(fixed[entry] ?? {}), generated[entry]],
    fixed: fixed[entry] ?? {},
    readBy,
  });
  const person = (namespace: string, entry: Typed, keys: readonly string[] = typed[entry]): SecretEntry => ({
    namespace,
    entry,
    writtenBy: 'person',
    keys,
    fixed: {},
    readBy: [],
  });
  const datadog = 'datadog';
  return [
    ...environments.flatMap(({ namespace, aws }) => [
      made(namespace, 'database'),
      // Datadog looks into what AWS runs; staging's own Redis it does not.
      made(namespace, 'redis', ...(aws ? [datadog] : [])),
      made(namespace, 'rails'),
      made(namespace, 'pgbouncer-statistics', datadog),
      person(namespace, 'services'),
      ...(aws
        ? [made(namespace, 'database-monitor', datadog)]
        : [made(namespace, 'postgres'), person(namespace, 'postgres-server'), person(namespace, 'redis-server')]),
    ]),
    person('argocd', 'github'),
    made('argocd', 'github-webhook'),
    person('argocd', 'datadog', ['api_key']),
    person('argocd', 'slack'),
    person(
      'ci-cd',
      'github',
      typed.github.filter((key) => key !== 'installation_id'),
    ),
    made('ci-cd', 'github-webhook'),
    person('ci-cd', 'sentry'),
    person('ci-cd', 'slack'),
    person(datadog, 'datadog'),
    made(datadog, 'cluster-agent'),
  ];
}
