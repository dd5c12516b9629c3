import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { placeholderAccount, type Stack } from '../charts/terraform-outputs/declared';
import { loadOutputs } from '../charts/terraform-outputs/load';
import { patiently } from './git';

/** An instance of RDS of which it matters whether it has restarted, and where it is. */
export interface AwaitedInstance {
  readonly id: string;
  readonly region: string;
}

/**
 * Whether outputs that are about to be taken say that the database reads other parameters at its start than the committed
 * ones do. Before there is a database there is nothing to ask, and its first start reads what is set.
 */
export function awaitingRestart(root: string, stack: Stack, answer: string): AwaitedInstance | undefined {
  if (stack !== 'production') return undefined;
  const before = loadOutputs(root, 'production').values;
  const after = loadOutputs(root, 'production', undefined, answer).values;
  const region = loadOutputs(root, 'cluster').values?.region;
  // Whatever is wrong with the answer is said when it is taken.
  if (!before || !after || !region || before.account_id === placeholderAccount) return undefined;
  const names = Object.keys({ ...before.database_static_parameters, ...after.database_static_parameters });
  const same = names.every(
    (name) => before.database_static_parameters[name] === after.database_static_parameters[name],
  );
  return same ? undefined : { id: after.database_instance_id, region };
}

/**
 * Asks RDS whether the instance runs with its parameters.
 *
 * @throws Error when it waits for a restart, or cannot be asked
 */
export async function requireRestart({ id, region }: AwaitedInstance): Promise<void> {
  const query = 'DBInstances[].DBParameterGroups[].ParameterApplyStatus';
  const asked = ['rds', 'describe-db-instances', '--db-instance-identifier', id, '--region', region];
  let answer: unknown;
  try {
    const program = promisify(execFile)('aws', [...asked, '--query', query, '--output', 'json']);
    answer = JSON.parse((await patiently('asking AWS whether the database has restarted', program)).stdout);
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    const said = code === 'ENOENT' ? 'the program aws is not here' : (stderr || message).trim();
    throw new Error(
      `database_static_parameters: have changed, and nobody can say whether ${id} has restarted since: ${said}; run this where AWS can be asked, or add --restarted when you know that it has`,
    );
  }
  const status =
    Array.isArray(answer) && answer.length > 0 ? answer.find((each) => each !== 'in-sync') : 'unknown';
  if (status !== undefined)
    throw new Error(
      `database_static_parameters: have changed, and ${id} still runs with the old ones (${status}); restart it at a quiet hour, \`aws rds reboot-db-instance --db-instance-identifier ${id}\`, wait until it is in-sync, and run this again (docs/runbooks/restart-rds.md)`,
    );
}
