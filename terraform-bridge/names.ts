import type { Cluster, Environment } from '../charts/environments/environment';

/** What names are made of. */
export type NamedCluster = Pick<Cluster, 'name' | 'system'>;

/**
 * Names by which one stack finds what the other made, and by which a policy names a resource before it exists. No stack
 * reads the other's state: a name is all they share.
 */
export function resourceNames({ name, system }: NamedCluster) {
  return {
    vpc: name,
    subnet: (kind: 'public' | 'private' | 'database', zone: string) => `${name}-${kind}-${zone}`,
    securityGroup: (of: 'alb' | 'internal-alb' | 'nodes' | 'tasks' | 'builds' | 'database' | 'cache') =>
      `${name}-${of}`,
    /** Encrypts what is kept: secrets of Kubernetes and Secrets Manager, logs, database, cache, notices. */
    keyAlias: `alias/${name}`,
    /** Budgets and alarms write here, and it writes mails. */
    noticesTopic: `${name}-notices`,
    role: (of: string) => `${system.prefix}-${of}`,
  };
}

/** Names of the data layer of an environment on AWS. */
export function dataNames({ system }: Pick<Cluster, 'system'>, { name }: Pick<Environment, 'name'>) {
  return {
    /** RDS' identifier of the instance. */
    database: `${system.prefix}-${name}`,
    cache: `${system.prefix}-${name}`,
    /** A role of PostgreSQL, whose names need no quotes without hyphens. */
    master: `${system.prefix.replaceAll('-', '_')}_master`,
  };
}

/** Bucket names are the world's, so each has the account's number. */
export function bucketName({ system }: Pick<Cluster, 'system'>, of: string, account: string): string {
  return `${system.prefix}-${of}-${account}`;
}

/** The settings of an environment whose names the account has once: `rails-production` where the prefix is `rails`. */
export function inAccount<T extends NamedCluster>(settings: T): T {
  const name = `${settings.system.prefix}-${settings.name}`;
  return { ...settings, name, system: { ...settings.system, prefix: name } };
}
