import {
  judgeBudget,
  judgeHost,
  judgeRanges,
  judgeSubnets,
  judgeZones,
} from '../../charts/environments/aws-rules';
import { judgeFargate } from '../../charts/environments/fargate';
import { judgePostgres } from '../../charts/environments/postgres-rules';
import type { SettingsProblem } from '../../charts/environments/problem';
import { seconds } from '../../charts/environments/units';
import { quoted } from '../../charts/environments/visible';
import { inAccount } from '../../terraform-bridge/names';
import type { RailsOnEcs } from './schema';

/** `worker_shutdown_timeout` of docs/rails-app/config/puma.rb, seconds. */
const pumaEnds = 20;

/** @returns what is wrong between the settings */
export function* judge(settings: RailsOnEcs): Generator<SettingsProblem> {
  yield* judgeRanges(settings);
  yield* judgeZones(settings);
  yield* judgeSubnets(settings);
  yield* judgeBudget(settings);
  yield* judgeHost(settings.host, settings);
  yield* judgePostgres(settings.aws.database);
  yield* judgeFargate(settings);
  const { task, puma, connections, aws, region } = settings;
  const called = inAccount(settings).name;
  if (seconds(task.stopTimeout) <= pumaEnds)
    yield {
      path: 'task.stopTimeout',
      message: `${task.stopTimeout} is not longer than the ${pumaEnds}s in which Puma ends; raise it`,
    };
  const each = puma.workers * puma.threads;
  const held = 2 * task.scaling.max * each + connections.migration + connections.reserved;
  if (held > connections.max)
    yield {
      path: 'connections.max',
      message: `${connections.max} is below ${held}: two of ${task.scaling.max} tasks in a deployment, ${each} each, and what is reserved; raise it or lower task.scaling.max`,
    };
  const wrong: [path: string, is: boolean, message: string][] = [
    [
      `aws.repositories.${called}`,
      aws.repositories[called]?.mutable !== false,
      'must be there with mutable: false; a deploy names an image that cannot change',
    ],
    [
      'aws.replication.region',
      aws.replication?.region === region,
      `${quoted(region)} is where the files are; a copy is for when that is lost`,
    ],
    [
      'system.prefix',
      called.length > 26,
      `${quoted(called)}, with the name, is longer than the 26 characters that a load balancer's groups have; shorten it`,
    ],
  ];
  for (const [path, is, message] of wrong) if (is) yield { path, message };
}
