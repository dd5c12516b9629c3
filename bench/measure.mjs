// Runs one command and says what the whole of it took: wall and CPU seconds, and the memory of its largest process.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** Node cannot ask what a child used. GNU time can, and its millisecond is in every row alike. */
export const hasTime = /GNU/.test(String(spawnSync('time', ['--version'], { encoding: 'utf8' }).output));

/** What `npm run bench` adds to the environment is taken out again: the commands run as if typed into a shell. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)|INIT_CWD$)/.test(name),
  ),
);

let running;

/** Its processes are a group of their own, so that none is left when the bench is interrupted. */
export function stop() {
  try {
    if (running) process.kill(-running.pid);
  } catch {
    // It has just ended.
  }
}

/**
 * @param command `argv`, and where needed `cwd` and `env`
 * @param log what the command prints goes to `<log>.out` and `<log>.err`, as to a terminal nobody watches
 * @returns seconds and MB; CPU and memory only with GNU time
 * @throws Error with the end of what it said, when it fails
 */
export async function measure({ argv, cwd, env }, log) {
  const wrapper = hasTime ? ['time', '--quiet', '--format', '%U %S %M', '--output', `${log}.usage`, '--'] : [];
  const [file, ...args] = [...wrapper, ...argv];
  const [out, err] = [openSync(`${log}.out`, 'w'), openSync(`${log}.err`, 'w')];
  try {
    const started = process.hrtime.bigint();
    const { code, signal } = await new Promise((resolve, reject) => {
      running = spawn(file, args, {
        cwd,
        // npm asks the registry now and then whether it is the newest; no figure may hold that.
        env: { ...inherited, npm_config_update_notifier: 'false', ...env },
        stdio: ['ignore', out, err],
        detached: true,
      });
      running.once('error', reject);
      running.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const wall = Number(process.hrtime.bigint() - started) / 1e9;
    if (code !== 0) throw new Error(`${signal ?? `exit ${code}`}: ${lastLines(log)}`);
    return { wall, ...(hasTime && usage(`${log}.usage`)) };
  } finally {
    running = undefined;
    closeSync(out);
    closeSync(err);
  }
}

function usage(file) {
  const [user, system, kilobytes] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
  return { cpu: user + system, memory: (kilobytes * 1024) / 1e6 };
}

function lastLines(log) {
  const lines = ['out', 'err'].flatMap((stream) => readFileSync(`${log}.${stream}`, 'utf8').trim().split('\n'));
  return lines
    .filter((line) => line !== '' && !line.startsWith('npm warn'))
    .slice(-5)
    .join('\n  ');
}
