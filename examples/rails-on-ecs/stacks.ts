import { join } from 'node:path';
import { readText } from '../../charts/files';
import { systemStacks } from '../../terraform-bridge/synth/system-stacks';
import { judge } from './rules';
import { schema } from './schema';
import { RailsOnEcsStack } from './stack';

/** Settings in, stacks out, all or those that are named: path to text. @throws SettingsError with every problem */
export function renderRails(
  root: string,
  environments: readonly unknown[],
  names?: readonly string[],
): Map<string, string> {
  return systemStacks({
    folder: 'examples/rails-on-ecs',
    schema,
    judge,
    environments,
    names,
    build: (app, settings) => {
      const authorities = `charts/environments/certificates/rds-${settings.region}.pem`;
      return new RailsOnEcsStack(app, settings, readText(join(root, authorities)));
    },
  });
}
