import { type Raw, type SettingEdit, valueAt } from '../../charts/environments/edits';
import { cacheNodeTypes, databaseClasses } from '../../charts/environments/infrastructure';
import { price } from '../../review/cost/prices';

/** One thing that a person may turn, and what that gives up; `nothing` where it is safety that nobody loses. */
export interface Knob {
  readonly name: string;
  readonly edits: readonly SettingEdit[];
  readonly givesUp: string;
}

/** The word of `givesUp` for what costs money only. */
export const nothing = 'nothing';

/** `size.ts` tries each of the node groups' machines. */
export function knobsOf(raw: Raw): Knob[] {
  return [
    ...ofCluster(raw),
    ...raw.environments.flatMap((environment) => [...ofEnvironment(raw, environment.name)]),
  ];
}

function* ofCluster(raw: Raw): Generator<Knob> {
  const { cluster } = raw;
  const edit = (path: string, to: unknown): SettingEdit => ({ of: 'cluster', path, to });
  const [first, ...others] = Object.entries<any>(cluster.loadBalancer.public);
  if (first && others.length > 0)
    yield {
      name: 'One public load balancer',
      edits: [
        edit(
          `loadBalancer.public.${first[0]}.namespaces`,
          [first, ...others].flatMap(([, { namespaces }]) => namespaces),
        ),
        ...others.map(([name]) => edit(`loadBalancer.public.${name}`, undefined)),
      ],
      givesUp: "an Ingress of staging, Jenkins or Argo CD can stop production's listener (docs/decisions/0023)",
    };
  if (cluster.network.natGatewayPerZone)
    yield {
      name: 'One NAT gateway',
      edits: [edit('network.natGatewayPerZone', false)],
      givesUp: 'when its zone is lost, no pod reaches Sentry, Datadog or a registry',
    };
  if (cluster.aws.nodes.cpuCredits === 'unlimited')
    yield {
      name: 'CPU credits that end',
      edits: [edit('aws.nodes.cpuCredits', 'standard')],
      givesUp:
        'a node that is busy for hours is slowed to its baseline, 20 to 40 % of each vCPU, and a canary on it may be ended for being slow',
    };
  const group = cluster.jenkins.agents.nodeGroup ?? cluster.jenkins.nodeGroup;
  const builds = cluster.nodeGroups[group];
  if (!builds.spot && builds.tainted)
    yield {
      name: 'Builds on Spot',
      edits: [edit(`nodeGroups.${group}.spot`, {})],
      givesUp: `AWS ends ${group === cluster.jenkins.nodeGroup ? 'Jenkins and its builds' : 'builds'} at two minutes' notice; a build starts again from its beginning`,
    };
  if (cluster.secretRefresh !== '24h')
    yield {
      name: 'Secrets read once a day',
      edits: [edit('secretRefresh', '24h')],
      givesUp: 'a value that somebody rotates and does not ask for is in the pods a day later',
    };
  if (cluster.alerts.outside) {
    yield {
      name: 'Look from outside every 10 minutes',
      edits: [edit('alerts.outside.every', '10m')],
      givesUp: 'an outage that only students see is found some minutes later',
    };
    yield {
      name: 'Do not look from outside',
      edits: [edit('alerts.outside', undefined)],
      givesUp: 'an outage that only students see is found by a student',
    };
  }
  if (cluster.aws.recovery.volumes.keep > 1)
    yield {
      name: 'One snapshot of the databases in the cluster',
      edits: [edit('aws.recovery.volumes.keep', 1)],
      givesUp: 'what staging lost more than a day ago is gone',
    };
}

function* ofEnvironment(raw: Raw, of: string): Generator<Knob> {
  const edit = (path: string, to: unknown): SettingEdit => ({ of, path, to });
  const at = (path: string) => valueAt(raw, of, path);
  if (at('web.autoscaling.min') > 1)
    yield {
      name: `One web pod less at rest, ${of}`,
      edits: [edit('web.autoscaling.min', at('web.autoscaling.min') - 1)],
      givesUp: 'a lost node takes a larger share of the requests with it, and a peak waits for new pods',
    };
  if (at('web.autoscaling.max') > at('web.autoscaling.min'))
    yield {
      name: `One web pod less at the peak, ${of}`,
      edits: [edit('web.autoscaling.max', at('web.autoscaling.max') - 1)],
      givesUp: 'fewer requests a second before they queue',
    };
  if (!at('aws')) return;
  yield* smaller('database.instance', databaseClasses, 'rds');
  yield* smaller('cache.node', cacheNodeTypes, 'elasticache');
  if (at('aws.database.multiAz'))
    yield {
      name: `One database, ${of}`,
      edits: [edit('aws.database.multiAz', false)],
      givesUp: 'a lost zone is an hour of restoring instead of a minute',
    };
  if (at('aws.cache.replicas') > 0)
    yield {
      name: `One Redis, ${of}`,
      edits: [edit('aws.cache.replicas', 0)],
      givesUp: 'Redis is away until AWS has made it anew',
    };

  /** Every cheaper class of the table; with as much memory nothing is given up, as AWS runs the program itself. */
  function* smaller(
    field: string,
    table: Readonly<Record<string, { readonly memory: string }>>,
    seller: string,
  ): Generator<Knob> {
    const now = at(`aws.${field}`) as string;
    const memory = table[now]?.memory;
    for (const name of Object.keys(table))
      if (price(`${seller}.${name}`) < price(`${seller}.${now}`))
        yield {
          name: `${name}, ${of}`,
          edits: [edit(`aws.${field}`, name)],
          givesUp: table[name]?.memory === memory ? nothing : `${memory} of memory become ${table[name]?.memory}`,
        };
  }
}
