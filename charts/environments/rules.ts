import { addOns } from './add-ons';
import { judgeBudget, judgeSubnets } from './aws-rules';
import { judgeCanary } from './canary-rules';
import type { Cluster, Environment } from './environment';
import { databaseClasses } from './infrastructure';
import { internalClass } from './load-balancers';
import { backupNamespace, buildNamespace, clusterNamespaces } from './namespaces';
import { judgeNodeGroups, spotGroups } from './node-groups';
import type { AnyEnvironment } from './preview-environment';
import type { SettingsProblem } from './problem';
import { mebibytes, seconds } from './units';
import { quoted } from './visible';

/** @returns what is wrong between the settings of one environment, and between them and the cluster's */
export function judgeEnvironment(environment: Environment, cluster: Cluster): SettingsProblem[] {
  return [
    ...autoscaling(environment),
    ...judgeCanary(environment),
    ...drain(environment),
    ...requests(environment),
    ...takeOver(environment),
    ...scaling(environment),
    ...clients(environment),
    ...judgeConnections(environment),
    ...memoryOfConnections(environment),
    ...delays(environment),
    ...migrations(environment, cluster),
    ...limits(environment),
    ...names(environment, cluster),
  ];
}

/**
 * Web pods at the worst moment, the last step of a canary: the stable set stays at HPA maximum until the end, and the
 * canary set has as many. Pods that are ending are not counted: they get no requests, and their pools let go.
 */
export function mostWebPods({ web }: AnyEnvironment): number {
  return web.autoscaling ? 2 * web.autoscaling.max : 1;
}

/** Sidekiq's pods at the worst moment; an update ends the old ones before it starts the new. */
export function mostSidekiqPods({ sidekiq }: AnyEnvironment): number {
  return sidekiq.scaling?.max ?? sidekiq.replicas;
}

/** Connections to the database at the worst moment: all web pods, Sidekiq, and one of everything else that connects. */
export function mostConnections(environment: AnyEnvironment): number {
  const { pgbouncer, connections } = environment;
  return (
    mostWebPods(environment) * pgbouncer.webPool +
    mostSidekiqPods(environment) * pgbouncer.sidekiqPool +
    connections.migration +
    connections.datadog +
    connections.console
  );
}

function* autoscaling({ web }: Environment): Generator<SettingsProblem> {
  const { min, max } = web.autoscaling;
  if (min > max)
    yield { path: 'web.autoscaling.min', message: `${min} is above max, ${max}; lower min or raise max` };
}

/** Each must outlast the one before it: the load balancer, then the sleep, then the pod
 * (docs/decisions/0004-canary-by-ping-and-pong.md). */
function* drain({ web, sidekiq }: Environment): Generator<SettingsProblem> {
  const { deregistrationDelay, preStop, terminationGracePeriod } = web.drain;
  if (seconds(deregistrationDelay) >= seconds(preStop))
    yield {
      path: 'web.drain.preStop',
      message: `${preStop} must be longer than deregistrationDelay, ${deregistrationDelay}, or open requests are cut`,
    };
  if (seconds(preStop) >= seconds(terminationGracePeriod))
    yield {
      path: 'web.drain.terminationGracePeriod',
      message: `${terminationGracePeriod} must be longer than preStop, ${preStop}, or Puma is killed before it is told`,
    };
  const { quiet, shutdownTimeout } = sidekiq;
  if (seconds(quiet) + seconds(shutdownTimeout) >= seconds(sidekiq.terminationGracePeriod))
    yield {
      path: 'sidekiq.terminationGracePeriod',
      message: `${sidekiq.terminationGracePeriod} must be longer than shutdownTimeout, ${shutdownTimeout}, and quiet, ${quiet}, together, or jobs are lost`,
    };
}

/** What all ask for at the peak comes from a handful of addresses, and may come from one. */
function* requests({ web }: Environment): Generator<SettingsProblem> {
  const { peak, person, address } = web.limits;
  const least = 3 * 60 * peak;
  if (address < least)
    yield {
      path: 'web.limits.address',
      message: `${address} a minute is below ${least}, three times the peak of ${peak} a second; a campus behind one address would be refused`,
    };
  if (person >= 60 * peak)
    yield {
      path: 'web.limits.person',
      message: `${person} a minute is not below ${60 * peak}, the peak of everybody together; one person alone could be all of it`,
    };
}

/** The app gives a sign of life every ten seconds: one that is late, or lost, must not be the end of a process. */
function* takeOver({ sidekiq }: Environment): Generator<SettingsProblem> {
  const { after } = sidekiq.takeOver;
  const least = 30;
  if (seconds(after) < least)
    yield {
      path: 'sidekiq.takeOver.after',
      message: `${after} is below ${least}s, three signs of life; jobs of a process that lives would run twice`,
    };
}

function* scaling({ sidekiq }: Environment): Generator<SettingsProblem> {
  const { replicas, scaling } = sidekiq;
  if (scaling && replicas > scaling.max)
    yield {
      path: 'sidekiq.scaling.max',
      message: `${scaling.max} is below replicas, ${replicas}, which are the least; lower replicas or raise max`,
    };
}

/** A limit above the one around it is never reached. */
function* migrations({ migrations, inCluster }: Environment, { delivery }: Cluster): Generator<SettingsProblem> {
  const { lockTimeout, statementTimeout, deadline, snapshot } = migrations;
  if (seconds(lockTimeout) >= seconds(statementTimeout))
    yield {
      path: 'migrations.statementTimeout',
      message: `${statementTimeout} must be longer than lockTimeout, ${lockTimeout}, which is part of it`,
    };
  if (seconds(statementTimeout) >= seconds(deadline))
    yield {
      path: 'migrations.deadline',
      message: `${deadline} must be longer than statementTimeout, ${statementTimeout}, or the pod ends before the statement does`,
    };
  if (seconds(deadline) >= seconds(delivery.syncTimeout))
    yield {
      path: 'migrations.deadline',
      message: `${deadline} must be shorter than delivery.syncTimeout, ${delivery.syncTimeout}, in charts/environments/cluster.ts, or Argo CD deletes the Job before its time is over`,
    };
  else if (seconds(deadline) + seconds(delivery.syncWithin) >= seconds(delivery.syncTimeout))
    yield {
      path: 'migrations.deadline',
      message: `${deadline} and delivery.syncWithin, ${delivery.syncWithin}, together must be shorter than delivery.syncTimeout, ${delivery.syncTimeout}, in charts/environments/cluster.ts, or Argo CD ends the sync before anybody is told that it takes too long`,
    };
  // What `aws rds wait db-snapshot-available` waits at most: 60 looks, one every 30 s.
  const snapshotWait = 1800;
  if (snapshot && seconds(deadline) <= seconds(statementTimeout) + snapshotWait)
    yield {
      path: 'migrations.deadline',
      message: `${deadline} must be longer than statementTimeout, ${statementTimeout}, and the ${snapshotWait}s that a snapshot may take before it`,
    };
  if (snapshot && inCluster)
    yield {
      path: 'migrations.snapshot',
      message: 'is set, but with inCluster there is no RDS instance to take one of; remove it',
    };
}

function* clients({ web, pgbouncer, sidekiq }: Environment): Generator<SettingsProblem> {
  const most = Math.max(web.puma.workers * web.puma.threads, sidekiq.concurrency);
  if (most > pgbouncer.maxClients)
    yield {
      path: 'pgbouncer.maxClients',
      message: `${pgbouncer.maxClients} is below the ${most} connections one pod opens; raise it, or lower workers, threads or concurrency`,
    };
  // Each that is served has a buffer of `pkt_buf`: 4,096 bytes by default (PgBouncer's doc/config.md).
  const room = mebibytes(pgbouncer.resources.memoryLimit) * 256;
  if (pgbouncer.maxClients > room)
    yield {
      path: 'pgbouncer.maxClients',
      message: `${pgbouncer.maxClients} is more than the ${room} clients whose buffers fit into resources.memoryLimit; lower it`,
    };
}

/**
 * Bytes of an instance for each connection: the default of `max_connections` is its memory by this, "Maximum number of
 * database connections" in the guide of RDS. With more, PostgreSQL runs out of memory before it runs out of connections.
 */
const bytesPerConnection = 9_531_392;

function* memoryOfConnections({ connections, aws, inCluster }: Environment): Generator<SettingsProblem> {
  const memory = aws ? databaseClasses[aws.database.instance]?.memory : inCluster?.postgres.resources.memoryLimit;
  if (memory === undefined) return;
  const most = Math.floor((mebibytes(memory) * 2 ** 20) / bytesPerConnection);
  if (connections.max > most)
    yield {
      path: 'connections.max',
      message: `${connections.max} is more than ${most}, which is what PostgreSQL has memory for in ${memory}; lower it, or take ${aws ? 'a larger aws.database.instance' : 'more inCluster.postgres.resources.memoryLimit'}`,
    };
}

/** @returns more connections at the worst moment than there are */
export function* judgeConnections(environment: Environment): Generator<SettingsProblem> {
  const { pgbouncer, connections } = environment;
  const usable = connections.max - connections.reserved;
  const most = mostConnections(environment);
  if (most > usable)
    yield {
      path: 'pgbouncer.webPool',
      message:
        `${pgbouncer.webPool} makes ${most} connections at the worst moment (${mostWebPods(environment)} web pods × ` +
        `${pgbouncer.webPool}, ${mostSidekiqPods(environment)} Sidekiq × ${pgbouncer.sidekiqPool}, migration ${connections.migration}, ` +
        `Datadog ${connections.datadog}, console ${connections.console}) of ${usable} usable (connections.max ` +
        `${connections.max} − ${connections.reserved} reserved); lower a pool or web.autoscaling.max, or raise connections.max`,
    };
}

/**
 * What stays of a version before, or of an aborted one, while the next is already in its canary: two sets in full are
 * reckoned with everywhere, and this is the third.
 */
function* delays(environment: Environment): Generator<SettingsProblem> {
  const { web, pgbouncer, connections } = environment;
  const { steps, scaleDownDelay, abortDelay } = web.canary;
  for (const [name, delay] of Object.entries({ scaleDownDelay, abortDelay })) {
    const after = (i: number) =>
      steps.slice(0, i).reduce((sum, { pause }) => sum + (pause ? seconds(pause) : 0), 0);
    const reached = steps.filter((_, i) => after(i) < seconds(delay)).at(-1)?.weight ?? 0;
    const third = Math.ceil((web.autoscaling.max * reached) / 100);
    const most = mostConnections(environment) + third * pgbouncer.webPool;
    const usable = connections.max - connections.reserved;
    if (most > usable)
      yield {
        path: `web.canary.${name}`,
        message: `${delay} lets a canary that follows at once reach ${reached} %, ${third} pods beside two sets in full, and they make ${most} connections of ${usable} usable; shorten it, or lower a pool`,
      };
  }
}

/** Where everybody comes in: one way for each namespace, and one load balancer for each class. */
function* loadBalancers({ loadBalancer }: Cluster): Generator<SettingsProblem> {
  const all = Object.entries(loadBalancer.public);
  for (const [i, [name, { group, namespaces }]] of all.entries()) {
    const path = `loadBalancer.public.${name}`;
    if (name === internalClass)
      yield { path, message: 'is the class of the internal load balancer; choose another name' };
    if (group === loadBalancer.internalGroup || all.slice(0, i).some(([, before]) => before.group === group))
      yield {
        path: `${path}.group`,
        message: `${quoted(group)} is also that of another; each needs its own`,
      };
    for (const namespace of namespaces) {
      const other = all.slice(0, i).find(([, before]) => before.namespaces.includes(namespace));
      if (other)
        yield {
          path: `${path}.namespaces`,
          message: `${quoted(namespace)} is also in those of ${other[0]}; a namespace has one way in`,
        };
    }
  }
  for (const namespace of ['argocd', 'ci-cd'])
    if (!all.some(([, { namespaces }]) => namespaces.includes(namespace)))
      yield {
        path: 'loadBalancer.public',
        message: `admits ${namespace} nowhere, and GitHub calls its webhook; add it to the namespaces of one`,
      };
}

function* limits(environment: Environment): Generator<SettingsProblem> {
  const holders = {
    web: environment.web,
    pgbouncer: environment.pgbouncer,
    sidekiq: environment.sidekiq,
    schedules: environment.schedules,
    console: environment.console,
    migrations: environment.migrations,
    ...(environment.migrations.snapshot && { 'migrations.snapshot': environment.migrations.snapshot }),
    ...(environment.inCluster && {
      'inCluster.postgres': environment.inCluster.postgres,
      'inCluster.redis': environment.inCluster.redis,
    }),
  };
  for (const [path, { resources }] of Object.entries(holders))
    if (mebibytes(resources.memoryLimit) < mebibytes(resources.memory))
      yield {
        path: `${path}.resources.memoryLimit`,
        message: `${resources.memoryLimit} is below the request, ${resources.memory}; raise it`,
      };
}

/** The queues of the app's jobs: `docs/rails-app/config/sidekiq.yml`. A job in a queue that no process looks at is never done. */
export const appQueues = ['mailers', 'e-score', 'default', 'geocoding', 'maintenance'] as const;

/** Names that folders of `dist/`, projects of Argo CD and namespaces have already. */
const taken = {
  name: ['cluster', 'add-ons', 'delivery', 'argocd', 'constructor'],
  namespace: [
    'default',
    backupNamespace,
    buildNamespace,
    ...clusterNamespaces,
    ...Object.values(addOns).map(({ namespace }) => namespace),
  ],
};

function* names(environment: Environment, cluster: Cluster): Generator<SettingsProblem> {
  for (const field of ['name', 'namespace'] as const)
    if (taken[field].includes(environment[field]) || /^(kube|preview)(-|$)/.test(environment[field]))
      yield {
        path: field,
        message: `${quoted(environment[field])} is that of something else in the cluster; choose another`,
      };
  const missing = appQueues.filter((queue) => !Object.hasOwn(environment.sidekiq.queues, queue));
  if (missing.length > 0)
    yield {
      path: 'sidekiq.queues',
      message: `has no ${missing.join(', ')}, and the app's jobs in it would never be done; add it (docs/rails-app/config/sidekiq.yml)`,
    };
  if (!Object.hasOwn(cluster.priorities, environment.priority))
    yield {
      path: 'priority',
      message: `${quoted(environment.priority)} is not a priority class of cluster.ts; use one of ${Object.keys(cluster.priorities).join(', ')}`,
    };
  if (environment.sidekiq.spot && spotGroups(cluster).length === 0)
    yield {
      path: 'sidekiq.spot',
      message:
        'is set, but no node group of cluster.ts has Spot capacity, beside that of builds; add one with spot, or remove it',
    };
  if (!Object.values(cluster.loadBalancer.public).some((each) => each.namespaces.includes(environment.namespace)))
    yield {
      path: 'namespace',
      message: `${quoted(environment.namespace)} may join no load balancer; add it to the namespaces of one in loadBalancer.public of cluster.ts`,
    };
}

/** @returns what is wrong between the settings of the cluster */
export function* judgeCluster(cluster: Cluster): Generator<SettingsProblem> {
  yield* judgeNodeGroups(cluster);
  yield* judgeSubnets(cluster);
  yield* judgeBudget(cluster);
  yield* builds(cluster);
  yield* agents(cluster);
  yield* loadBalancers(cluster);
}

function* agents({ datadog }: Cluster): Generator<SettingsProblem> {
  for (const name of ['agent', 'traceAgent', 'clusterAgent', 'checks'] as const)
    if (mebibytes(datadog[name].memoryLimit) < mebibytes(datadog[name].memory))
      yield {
        path: `datadog.${name}.memoryLimit`,
        message: `${datadog[name].memoryLimit} is below the request, ${datadog[name].memory}; raise it`,
      };
}

/** Half of a node's CPU and more each: no two of the controller and its agents share one. */
function* builds({ jenkins, nodeGroups }: Cluster): Generator<SettingsProblem> {
  const { agents, resources } = jenkins;
  const name = agents.nodeGroup ?? jenkins.nodeGroup;
  const group = nodeGroups[name];
  const shared = name === jenkins.nodeGroup;
  const needed = agents.most + (shared ? 1 : 0);
  if (group && needed > group.max)
    yield {
      path: 'jenkins.agents.most',
      message: `${agents.most} agents${shared ? ' and the controller' : ''} need ${needed} nodes, and nodeGroups.${name} has at most ${group.max}; lower it or raise max`,
    };
  const containers = {
    '': { resources },
    'agents.inbound.': agents.inbound,
    'agents.rspec.ruby.': agents.rspec.ruby,
    'agents.rspec.postgres.': agents.rspec.postgres,
    'agents.rspec.redis.': agents.rspec.redis,
    'agents.docker.buildkit.': agents.docker.buildkit,
    'agents.deploy.node.': agents.deploy.node,
    'backup.': jenkins.backup,
  };
  for (const [path, each] of Object.entries(containers))
    if (mebibytes(each.resources.memoryLimit) < mebibytes(each.resources.memory))
      yield {
        path: `jenkins.${path}resources.memoryLimit`,
        message: `${each.resources.memoryLimit} is below the request, ${each.resources.memory}; raise it`,
      };
  if (seconds(agents.connectTimeout) >= seconds(agents.buildTimeout))
    yield {
      path: 'jenkins.agents.buildTimeout',
      message: `${agents.buildTimeout} must be longer than connectTimeout, ${agents.connectTimeout}, or a pod that waits for a node is ended before it builds`,
    };
}

/** @returns what two environments claim at once */
export function* judgeTogether(
  environments: readonly Environment[],
): Generator<SettingsProblem & { environment: string }> {
  for (const name of ['name', 'namespace', 'host'] as const)
    for (const [i, environment] of environments.entries()) {
      const other = environments.slice(0, i).find((before) => before[name] === environment[name]);
      if (other)
        yield {
          environment: environment.name,
          path: name,
          message: `${quoted(environment[name])} is also that of ${other.name}; every environment needs its own`,
        };
    }
}
