import { dirname } from 'node:path';
import { settings } from '../charts/environments';
import { stackProgram } from './synth/program';
import { renderStacks, stackFolder } from './synth/stacks';

stackProgram({
  name: 'npm run terraform --',
  description:
    'Writes the Terraform stacks, cluster and production, of charts/environments/: what Terraform or OpenTofu then applies.',
  root: dirname(__dirname),
  folder: stackFolder,
  page: 'docs/runbooks/first-deploy.md',
  render: () => renderStacks(settings),
});
