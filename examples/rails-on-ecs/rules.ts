import {
  judgeBudget,
  judgeHost,
  judgeRanges,
  judgeSubnets,
  judgeZones,
} from '../../charts/environments/aws-rules';
import { judgeFargate, judgeInAccount } from '../../charts/environments/fargate';
import { judgePostgres } from '../../charts/environments/postgres-rules';
import type { SettingsProblem } from '../../charts/environments/problem';
import { seconds } from '../../charts/environments/units';
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
  yield* judgeInAccount(settings, inAccount(settings).name);
  const { task, puma, connections } = settings;
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
}
