import { dirname } from 'node:path';
import { systemNamed, systemOption } from '../systems';
import { stackTexts } from '../systems/stacks';
import { type System, stacksOf } from '../systems/system';
import { stackProgram } from './synth/program';

stackProgram({
  name: 'npm run terraform --',
  description:
    'Writes the Terraform stacks of a system, cluster and production of charts/environments/ where none is named: what Terraform or OpenTofu then applies.',
  root: dirname(__dirname),
  system: systemOption(),
  of: (name) => {
    const system = systemNamed(name);
    return { folder: stacksOf(system), ...before(system), render: () => stackTexts(system) };
  },
});

/** What a person reads before an apply, and which stack comes first. */
function before({ folder }: System): { page: string; first?: string } {
  return folder ? { page: `${folder}README.md` } : { page: 'docs/runbooks/first-deploy.md', first: 'cluster' };
}
