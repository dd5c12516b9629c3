import { join } from 'node:path';
import { readText } from '../../charts/files';
import { checkAgainst, SettingsError } from '../../charts/settings';
import { renderEach } from '../../terraform-bridge/synth/render';
import { judge } from './rules';
import { type RailsOnEcs, schema } from './schema';
import { RailsOnEcsStack } from './stack';

const here = 'examples/rails-on-ecs';

/** Where the stacks are committed, and where `terraform` is run. */
export const stackFolder = `${here}/stacks`;

/**
 * Settings in, stacks out: path to text.
 *
 * @param root the repository
 * @throws SettingsError with every problem
 */
export function renderRailsStacks(root: string, environments: readonly unknown[]): Map<string, string> {
  const problems: string[] = [];
  const checked = environments.flatMap((environment) => {
    const name = (environment as { name?: unknown } | null)?.name;
    const file = `${here}/environments/${typeof name === 'string' ? name : 'index'}.ts`;
    const of = ({ path, message }: { path: string; message: string }) => `${file}: ${path}: ${message}`;
    const settings = checkAgainst(schema, environment, of, problems, `${here}/schema.ts`);
    if (settings) problems.push(...[...judge(settings)].map(of));
    return settings ?? [];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  const authorities = ({ region }: RailsOnEcs) =>
    readText(join(root, `charts/environments/certificates/rds-${region}.pem`));
  return renderEach(stackFolder, (app) =>
    checked.map((settings) => new RailsOnEcsStack(app, settings, authorities(settings))),
  );
}
