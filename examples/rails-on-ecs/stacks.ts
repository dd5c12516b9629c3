import { join } from 'node:path';
import { readText } from '../../charts/files';
import { systemStacks } from '../../terraform-bridge/synth/system-stacks';
import { judge } from './rules';
import { schema } from './schema';
import { RailsOnEcsStack } from './stack';

export const folder = 'examples/rails-on-ecs';

/** Settings in, stacks out: path to text. @throws SettingsError with every problem */
export function renderRails(root: string, environments: readonly unknown[]): Map<string, string> {
  return systemStacks({
    folder,
    schema,
    judge,
    environments,
    build: (app, settings) => {
      const authorities = `charts/environments/certificates/rds-${settings.region}.pem`;
      return new RailsOnEcsStack(app, settings, readText(join(root, authorities)));
    },
  });
}
