// Keeps the programs of one cluster: it starts them, and when its parent is gone, however that ended, it stops them in
// the reverse order and removes their folder. A session of its own, so Ctrl-C in a terminal reaches the parent alone.
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [folder] = process.argv.slice(2);
/** Seconds that a program has to end after TERM. */
const patience = 10;
/** In the order in which they were started. */
const children = new Map();
let ending = false;

process.on('message', async (message) => {
  const { id, act, name } = message;
  const done = {
    start: () => start(message),
    signal: () => children.get(name)?.kill(message.signal),
    stop: () => stop(name),
    end: () => end(),
  }[act];
  const answer = await Promise.resolve(done()).then(
    (value) => ({ id, value: value ?? null }),
    (error) => ({ id, error: error.message }),
  );
  if (process.connected) process.send(answer, () => act === 'end' && process.exit(0));
});
process.on('disconnect', async () => {
  await end();
  process.exit(0);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function start({ name, file, args, env, cwd }) {
  if (ending) throw new Error('the cluster is being stopped');
  const log = openSync(join(folder, `${name}.log`), 'a');
  // A session of its own as well: what it starts itself ends with it.
  const child = spawn(file, args, { env, cwd: cwd ?? folder, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      children.set(name, child);
      child.once('exit', (code, signal) => {
        if (children.get(name) === child) children.delete(name);
        if (process.connected) process.send({ ended: name, pid: child.pid, code, signal });
      });
      resolve(child.pid);
    });
  });
}

function stop(name) {
  const child = children.get(name);
  if (!child) return;
  return new Promise((resolve) => {
    const force = setTimeout(() => killAll(child, 'SIGKILL'), patience * 1000);
    child.once('exit', () => {
      clearTimeout(force);
      killAll(child, 'SIGKILL');
      resolve();
    });
    child.kill('SIGTERM');
    // A stopped process takes no signal but these.
    child.kill('SIGCONT');
  });
}

/** The program and what it has started. */
function killAll(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nothing of it is left.
  }
}

async function end() {
  if (ending) return;
  ending = true;
  // All but the two that the rest talks to at once; then those, the API server before its store.
  const last = [...children.keys()].filter((name) => ['etcd', 'kube-apiserver'].includes(name)).reverse();
  await Promise.all([...children.keys()].filter((name) => !last.includes(name)).map(stop));
  for (const name of last) await stop(name);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  if (process.connected || !basename(dirname(folder)).startsWith('e-ren-')) return;
  try {
    // That of the whole run, whose process is gone.
    rmdirSync(dirname(folder));
  } catch {
    // Another cluster is still in it.
  }
}
