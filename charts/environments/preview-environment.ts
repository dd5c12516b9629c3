import type { Cluster, Environment } from './environment';
import { type PreviewSettings, previewClass, previewPrefix } from './previews';
import type { SettingsProblem } from './problem';
import { quoted } from './visible';

/** An environment, or one that comes and goes with a pull request: one pod of everything, and no canary. */
export type AnyEnvironment = Omit<Environment, 'web'> & {
  readonly web: Omit<Environment['web'], Released> & Partial<Pick<Environment['web'], Released>>;
  /**
   * Present: it comes and goes. Its secrets are made in its namespace, mail goes nowhere, Sentry and Datadog's traces are off,
   * it is filled with seeds, and its volumes go with it.
   */
  readonly preview?: Pick<PreviewSettings, 'visitors'>;
};
/** What only an environment has whose versions are judged. */
type Released = 'canary' | 'autoscaling';

/** The label that a namespace needs to use the load balancer's class of previews. */
export const previewLabel = ({ system }: Cluster) => ({ [`${system.domain}/preview`]: 'true' });
/** @returns the environment of a pull request, like that which the settings name */
export function previewEnvironment(settings: PreviewSettings, like: Environment, number: string): AnyEnvironment {
  const { canary: _, autoscaling: __, ...web } = like.web;
  const { scaling: ___, spot: ____, ...sidekiq } = like.sidekiq;
  const name = `${previewPrefix}${number}`;
  return {
    ...like,
    name,
    namespace: name,
    host: `pr-${number}.${settings.domain}`,
    priority: settings.priority,
    quota: settings.quota,
    web,
    sidekiq: { ...sidekiq, replicas: 1 },
    connections: { ...like.connections, console: 0, datadog: 0 },
    preview: { visitors: settings.visitors },
  };
}

/** @returns what is wrong between the settings of previews and the others */
export function* judgePreviews(
  cluster: Cluster,
  environments: readonly Environment[],
): Generator<SettingsProblem> {
  const { preview, priorities, aws, loadBalancer, system, jenkins } = cluster;
  if (!preview) return;
  const at = (path: string, message: string) => ({ path: `preview.${path}`, message });
  const like = environments.find(({ name }) => name === preview.like);
  if (!like)
    yield at(
      'like',
      `${quoted(preview.like)} is none of ${environments.map(({ name }) => name).join(', ')}; name one of them`,
    );
  else if (!like.inCluster)
    yield at(
      'like',
      `${quoted(preview.like)} has no inCluster, and a preview needs a database of its own; name another`,
    );
  else if (like.migrations.startedBy === 'person')
    yield at(
      'like',
      `${quoted(preview.like)} has migrations that a person starts, for whom no preview waits; name another`,
    );
  const [own, other] = [priorities[preview.priority], like && priorities[like.priority]];
  if (own === undefined)
    yield at(
      'priority',
      `${quoted(preview.priority)} is not a priority class; use one of ${Object.keys(priorities).join(', ')}`,
    );
  else if (other !== undefined && own >= other)
    yield at(
      'priority',
      `${quoted(preview.priority)}, ${own}, is not below that of ${like?.name}, ${other}; lower it`,
    );
  const { repository } = preview;
  if ([system.name, jenkins.agents.docker.cacheRepository].includes(repository))
    yield at(
      'repository',
      `${quoted(repository)} is where main's build pushes; give pull requests one of their own`,
    );
  else if (aws.repositories[repository]?.mutable !== false)
    yield at(
      'repository',
      `${quoted(repository)} is not a repository of aws.repositories with mutable: false; add it there`,
    );
  const { zone, internalZone } = aws.dns;
  if (!preview.domain.endsWith(`.${zone}`) || `.${preview.domain}`.endsWith(`.${internalZone}`))
    yield at(
      'domain',
      `${quoted(preview.domain)} is not below the public zone, ${zone}; write for example preview.${zone}`,
    );
  if (Object.hasOwn(loadBalancer.public, previewClass))
    yield {
      path: `loadBalancer.public.${previewClass}`,
      message: 'is the class of previews; choose another name',
    };
  if (like && !Object.values(loadBalancer.public).some(({ namespaces }) => namespaces.includes(like.namespace)))
    yield at('like', `${quoted(preview.like)} has no load balancer, whose group previews join`);
}
