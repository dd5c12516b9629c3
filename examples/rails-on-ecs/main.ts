import { dirname } from 'node:path';
import { stackProgram } from '../../terraform-bridge/synth/program';
import { environments } from './environments';
import { renderRailsStacks, stackFolder } from './stacks';

const root = dirname(dirname(__dirname));

stackProgram({
  name: 'npm run rails-on-ecs --',
  description:
    'Writes the Terraform stacks of Rails on ECS, one an environment, of examples/rails-on-ecs/environments/.',
  root,
  folder: stackFolder,
  page: 'examples/rails-on-ecs/README.md',
  render: () => renderRailsStacks(root, environments),
});
