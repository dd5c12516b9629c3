import { execFileSync } from 'node:child_process';
import { openNetwork } from './network';

/** Once a run, inside its namespaces: nothing that is made here outlives them. */
export default function setup(): void {
  const work = process.env.E_REN_REAL_WORK;
  if (!work || process.pid !== 1) throw new Error('run it with npm run test:real');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', work]);
  execFileSync('mkdir', ['-p', '/run/netns']);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
  openNetwork();
}
