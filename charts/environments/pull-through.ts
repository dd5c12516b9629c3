import type { Cluster } from './environment';
import type { Upstream } from './infrastructure';

/** Where ECR looks for the account at a registry: the beginning of the name is ECR's own rule. */
export function upstreamSecret(prefix: string): string {
  return `ecr-pullthroughcache/${prefix}`;
}

const image = /^([a-z0-9.-]+)\/([a-z0-9._/-]+)(:\w[\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?)$/;

/** The repository of ECR that keeps an image of the settings; undefined where none does. */
function copyOf(text: string, { aws }: Cluster) {
  const [, registry = '', path = '', version = ''] = text.length <= 512 ? (image.exec(text) ?? []) : [];
  const { prefix } = (Object.hasOwn(aws.pullThrough, registry) && aws.pullThrough[registry as Upstream]) || {};
  if (!prefix) return undefined;
  // Only Docker's own clients know that `redis` is `library/redis`.
  const whole = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { registry: registry as Upstream, repository: `${prefix}/${whole}`, version };
}

/**
 * The settings with every image where nodes pull it: in this account's registry, where `aws.pullThrough` names the one that
 * it comes from.
 *
 * @param registry this account's, as Terraform's outputs have it
 */
export function pulledThrough<T>(settings: T, cluster: Cluster, registry: string): T {
  if (typeof settings === 'string') {
    const copy = copyOf(settings, cluster);
    return (copy ? `${registry}/${copy.repository}${copy.version}` : settings) as T;
  }
  if (Array.isArray(settings)) return settings.map((each) => pulledThrough(each, cluster, registry)) as T;
  if (typeof settings !== 'object' || settings === null) return settings;
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, pulledThrough(value, cluster, registry)]),
  ) as T;
}

/** The repositories that the images of the settings need, each with the registry that its images come from. */
export function pulledRepositories(settings: unknown, cluster: Cluster): ReadonlyMap<string, Upstream> {
  const found = new Map<string, Upstream>();
  const look = (value: unknown) => {
    const copy = typeof value === 'string' ? copyOf(value, cluster) : undefined;
    if (copy) found.set(copy.repository, copy.registry);
    if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) look(each);
  };
  look(settings);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
