import { judgeRanges, judgeZones } from '../../charts/environments/aws-rules';
import { judgePostgres } from '../../charts/environments/postgres-rules';
import type { SettingsProblem } from '../../charts/environments/problem';
import { mebibytes, seconds } from '../../charts/environments/units';
import { quoted } from '../../charts/environments/visible';
import { placeOf, type RailsOnEcs } from './schema';
import { nginxStops } from './task';

/** GiB that Fargate has for so many units of CPU, `step` apart: "Task CPU and memory" in its guide. */
const sizes: Readonly<Record<RailsOnEcs['task']['cpu'], { from: number; to: number; step: number }>> = {
  // Beside 0.5 whole ones, too.
  256: { from: 0.5, to: 2, step: 1 },
  512: { from: 1, to: 4, step: 1 },
  1024: { from: 2, to: 8, step: 1 },
  2048: { from: 4, to: 16, step: 1 },
  4096: { from: 8, to: 30, step: 1 },
};

/** What ECS waits for a task of Fargate to end, and what AWS says beforehand of one of Spot. */
const longestStop = 120;

/** @returns what is wrong between the settings */
export function* judge(settings: RailsOnEcs): Generator<SettingsProblem> {
  yield* judgeRanges(settings);
  yield* judgeZones(settings);
  yield* judgePostgres(settings.aws.database);
  const { network, task, rails, nginx, loadBalancer, connections, pipeline, aws, host, region } = settings;
  const called = placeOf(settings).name;
  for (const kind of ['publicSubnets', 'privateSubnets', 'databaseSubnets'] as const)
    if (network[kind].length !== network.zones.length)
      yield {
        path: `network.${kind}`,
        message: `has ${network[kind].length} ranges for ${network.zones.length} zones; write one for each zone`,
      };
  const { from, to, step } = sizes[task.cpu];
  const memory = mebibytes(task.memory) / 1024;
  if (memory < from || memory > to || (memory % step !== 0 && memory !== from))
    yield {
      path: 'task.memory',
      message: `${task.memory} does not go with ${task.cpu} units of CPU; Fargate has ${1024 * from}Mi to ${to}Gi there, in whole GiB`,
    };
  if (mebibytes(nginx.memory) * 2 > mebibytes(task.memory))
    yield {
      path: 'nginx.memory',
      message: `${nginx.memory} is more than half of task.memory, ${task.memory}; lower it`,
    };
  if (task.scaling.min > task.scaling.max)
    yield {
      path: 'task.scaling.min',
      message: `${task.scaling.min} is above max, ${task.scaling.max}; lower min or raise max`,
    };
  const longer: [path: string, long: string, short: string, what: string, why: string][] = [
    [
      'nginx.readTimeout',
      nginx.readTimeout,
      rails.statementTimeout,
      'rails.statementTimeout',
      'nginx gives up before the database does',
    ],
    [
      'loadBalancer.idleTimeout',
      loadBalancer.idleTimeout,
      nginx.readTimeout,
      'nginx.readTimeout',
      'the load balancer gives up before nginx does',
    ],
    [
      'loadBalancer.deregistrationDelay',
      loadBalancer.deregistrationDelay,
      nginx.readTimeout,
      'nginx.readTimeout',
      'requests of a task that leaves are cut',
    ],
  ];
  for (const [path, long, short, what, why] of longer)
    if (seconds(long as '1s') <= seconds(short as '1s'))
      yield { path, message: `${long} is not longer than ${what}, ${short}, so ${why}; raise it` };
  const stops = nginxStops(settings) + seconds(rails.stopTimeout);
  if (stops > longestStop)
    yield {
      path: 'nginx.preStop',
      message: `${nginx.preStop}, the last answers of nginx and rails.stopTimeout are ${stops} s, and a task of Spot has ${longestStop}; lower one`,
    };
  const held = 2 * task.scaling.max * rails.workers * rails.threads + connections.migration + connections.reserved;
  if (held > connections.max)
    yield {
      path: 'connections.max',
      message: `${connections.max} is below ${held}: two of ${task.scaling.max} tasks in a deployment, ${rails.workers * rails.threads} each, and what is reserved; raise it or lower task.scaling.max`,
    };
  if (pipeline.image.includes('aarch64') !== (task.architecture === 'ARM64'))
    yield {
      path: 'pipeline.image',
      message: `${quoted(pipeline.image)} does not build for ${task.architecture}; take the other one`,
    };
  if (aws.repositories[called]?.mutable !== false)
    yield {
      path: `aws.repositories.${called}`,
      message: 'must be there with mutable: false; a deploy names an image that cannot change',
    };
  if (!host.endsWith(`.${aws.dns.zone}`) && host !== aws.dns.zone)
    yield { path: 'host', message: `${quoted(host)} is not in the zone ${aws.dns.zone}; nobody could find it` };
  if (aws.replication?.region === region)
    yield {
      path: 'aws.replication.region',
      message: `${quoted(region)} is where the files are; a copy is for when that is lost`,
    };
  if (called.length > 26)
    yield {
      path: 'system.prefix',
      message: `${quoted(called)}, with the name, is longer than 26 characters, which a load balancer's groups have; shorten it`,
    };
}
