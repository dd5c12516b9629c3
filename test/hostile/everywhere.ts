import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../support/root';
import { type Clone, line, places, secrets } from './places';

/** A server that puts the line into every word that it may choose. */
function talkative(): Server {
  const rollout = {
    metadata: { name: `web ${line}`, namespace: 'production' },
    spec: {},
    status: { phase: `Degraded ${line}`, message: line, readyReplicas: 1, replicas: 2 },
  };
  const application = {
    metadata: { name: 'production-web' },
    status: { sync: { status: line }, health: { status: line } },
  };
  return createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    if (url.endsWith('/rollouts')) response.end(JSON.stringify({ items: [rollout] }));
    else if (url.endsWith('/applications')) response.end(JSON.stringify({ items: [application] }));
    else if (url === '/version') response.end(JSON.stringify({ gitVersion: `v1.35.1 ${line}` }));
    else response.writeHead(403).end(JSON.stringify({ message: line }));
  }).listen(0, '127.0.0.1');
}

/**
 * Runs every command where secrets are planted.
 *
 * @param only part of a place's name
 * @returns which command shows which secret of which place, or shows a stack; none is right
 */
export async function shownAnywhere(only = ''): Promise<{ readonly tries: number; readonly wrong: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'everywhere-'));
  const server = talkative();
  await new Promise((resolve) => server.once('listening', resolve));
  const wrong: string[] = [];
  let tries = 0;
  try {
    for (const [i, { name, plant, commands }] of places.entries()) {
      if (!name.includes(only)) continue;
      const clone = cloneOf(folder, `clone-${i}`, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const all = [...Object.values(secrets), ...(plant(clone) ?? [])];
      clone.git('add', '--all');
      const [head, tree] = [clone.git('rev-parse', 'HEAD').trim(), clone.git('write-tree').trim()];
      for (const words of commands) {
        tries++;
        // As it was planted, whatever the command before it has written.
        clone.git('update-ref', 'HEAD', head);
        clone.git('read-tree', '--reset', '-u', tree);
        clone.git('clean', '--quiet', '-fd');
        const { code, said } = await run(clone.folder, words);
        const shown = all.filter((secret) => said.includes(secret));
        const how = `${name}: ${words.join(' ').slice(0, 60)}`;
        if (shown.length > 0)
          wrong.push(`${how} shows ${shown.slice(0, 3)}: ${lineWith(said, shown[0] as string)}`);
        if (!['0', '1', '2', '3'].includes(String(code))) wrong.push(`${how} ended with ${code}`);
        if (/^\s+at .*:\d+:\d+\)?$/m.test(said)) wrong.push(`${how} shows a stack`);
      }
    }
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { tries, wrong };
}

function lineWith(said: string, secret: string): string {
  const at = said.indexOf(secret);
  return JSON.stringify(said.slice(Math.max(0, at - 60), at + 30));
}

function cloneOf(folder: string, name: string, api: string): Clone {
  const clone = join(folder, name);
  const git = (...words: string[]) => execFileSync('git', words, { cwd: clone, encoding: 'utf8', stdio: 'pipe' });
  // A remote of its own, because some push.
  execFileSync('git', ['clone', '--quiet', '--bare', root, `${clone}.git`], { stdio: 'pipe' });
  execFileSync('git', ['clone', '--quiet', `${clone}.git`, clone], { stdio: 'pipe' });
  for (const packages of ['node_modules', 'terraform-bridge/node_modules'])
    symlinkSync(join(root, packages), join(clone, packages));
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\nsaid\n');
  git('config', 'user.name', 'Ann');
  git('config', 'user.email', 'ann@example.org');
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    writeFileSync(join(clone, file), text);
  };
  const commit = (message: string) => {
    git('add', '--all');
    git('commit', '--quiet', '-m', message);
  };
  const committed = (file: string, text: string) => {
    write(file, text);
    commit(`change ${file}`);
    return undefined;
  };
  return { folder: clone, api, git, write, commit, committed };
}

function run(cwd: string, [command = '', ...words]: readonly string[]): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, ['commands/run.mjs', `commands/${command}.ts`, ...words], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', GIT_TERMINAL_PROMPT: '0', KUBECONFIG: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      said += part;
    });
  const timer = setTimeout(() => child.kill('SIGKILL'), 600_000);
  return new Promise((resolve) =>
    child.once('close', (code) => {
      clearTimeout(timer);
      const files = join(cwd, 'said');
      for (const name of existsSync(files) ? readdirSync(files) : [])
        said += readFileSync(join(files, name), 'utf8');
      rmSync(files, { recursive: true, force: true });
      resolve({ code, said });
    }),
  );
}
