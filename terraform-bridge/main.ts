import { dirname } from 'node:path';
import { systemNamed, systemOption } from '../systems';
import { stackTexts } from '../systems/stacks';
import { stacksOf } from '../systems/system';
import { stackProgram } from './synth/program';

stackProgram({
  name: 'npm run terraform --',
  description:
    'Writes the Terraform stacks of a system, cluster and production of charts/environments/ where none is named: what Terraform or OpenTofu then applies.',
  root: dirname(__dirname),
  page: 'docs/runbooks/first-deploy.md',
  system: systemOption(),
  of: (name) => {
    const system = systemNamed(name);
    return { folder: stacksOf(system), render: () => stackTexts(system) };
  },
});
