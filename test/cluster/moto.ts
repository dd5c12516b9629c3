import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/root';
import type { Kept } from './kept';

/** What its server needs for load balancers: not the packages that other services of AWS are played with. */
const packages = ['moto', 'flask', 'flask-cors'];
/** The versions are those of the suite of the real components. A constraint may not name an extra. */
const pins = readFileSync(join(root, 'test/real/requirements.txt'), 'utf8').replace(/\[.*\]/g, '');

/** moto, AWS' APIs on loopback, in a folder of its own: nothing of the system's Python is changed. */
export function moto(): Kept {
  const python = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim();
  return {
    name: 'moto',
    version: /^moto==(\S+)$/m.exec(pins)?.[1] ?? '',
    key: [python, pins, packages.join()],
    make: async (folder) => {
      const run = promisify(execFile);
      await run('python3', ['-m', 'venv', folder]);
      const constraints = join(folder, 'constraints.txt');
      await run('sh', ['-c', 'printf %s "$1" >"$2"', 'sh', pins, constraints]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile'];
      await run(join(folder, 'bin/python'), [...pip, '-c', constraints, ...packages]);
    },
  };
}
