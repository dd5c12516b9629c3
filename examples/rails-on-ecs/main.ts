import { dirname } from 'node:path';
import { stackProgram } from '../../terraform-bridge/synth/program';
import { environments } from './environments';
import { folder, renderRails } from './stacks';

const root = dirname(dirname(__dirname));

stackProgram({
  name: 'npm run rails-on-ecs --',
  description:
    'Writes the Terraform stacks of Rails on ECS, one an environment, of examples/rails-on-ecs/environments/.',
  root,
  page: `${folder}/README.md`,
  of: () => ({ folder: `${folder}/stacks`, render: async () => renderRails(root, environments) }),
});
