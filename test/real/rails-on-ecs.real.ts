import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { measured } from './figures';
import { buildApp, railsImage } from './images';
import { type Answer, failures, describe as kinds, type Request, send } from './load';
import { names, passwords } from './replacements';
import { prepare, shows } from './sentence';
import { Stage } from './stage';
import { Task } from './task';

/** What the load balancer adds: whoever asks here is the load balancer, whose addresses nginx believes. */
const headers = { host: 'www.rails.example.edu', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };

let stage: Stage;
let task: Task;
prepare(async () => {
  stage = await Stage.open('rails-on-ecs');
  task = await new Task('task', {
    rails: railsImage(await buildApp()),
    authority: stage.authority.certificate,
    names: stage.hosts,
    folder: stage.folderFor('task'),
    replace: [
      ['${aws_db_instance.database_instance.address}:5432/rails?', `${names.database}:5432/eren?`],
      ['${aws_elasticache_replication_group.cache_group.primary_endpoint_address}', names.redis],
      ['set_real_ip_from 10.1.1.0/24', 'set_real_ip_from 198.18.100.0/24'],
      ...authorities(stage.authority.certificate),
    ],
    secrets: {
      PGUSER: 'eren',
      PGPASSWORD: passwords.database,
      SECRET_KEY_BASE: 'a'.repeat(128),
      UPLOADS_BUCKET: 'files',
      // Terraform makes passwords of letters and digits; this one has to be written as a URL takes it.
      REDIS_PASSWORD: encodeURIComponent(passwords.redis),
    },
  }).start();
});
afterAll(() => stage?.close());

const ask = (what: Request): Promise<Answer> => send(task, { ...what, headers: { ...headers, ...what.headers } });

shows('Rails is told the address that the load balancer saw, whatever the browser wrote before it', async () => {
  const said = await ask({ path: '/request', headers: { 'x-forwarded-for': '10.0.0.1, 6.6.6.6, 203.0.113.9' } });
  expect(JSON.parse(said.body)).toEqual({
    address: '203.0.113.9',
    host: 'www.rails.example.edu',
    scheme: 'https',
  });
  const health = await ask({ path: '/health', headers: { host: task.address } });
  expect(health.status).toBe(200);
  expect(task.container('nginx').said()).toMatch(/"client":"203\.0\.113\.9".*"path":"\/request","status":200/);
});

shows('pages, sessions and the database work as they do in a pod', async () => {
  const created = await ask({ method: 'POST', path: '/posts?title=of-a-task' });
  const session = await ask({ method: 'POST', path: '/session?user=7' });
  const again = await ask({ path: '/session', headers: { cookie: session.cookie } });
  expect([created.status, session.status, again.body]).toEqual([201, 201, '7']);
  expect((await ask({ path: '/posts' })).body).toContain('of-a-task');
});

shows('an upload of the most that is allowed arrives whole, and a larger one is refused by nginx', async () => {
  const mebibyte = 1024 ** 2;
  expect(await upload(50 * mebibyte)).toEqual({ status: 200, body: String(50 * mebibyte) });
  expect((await upload(50 * mebibyte + 1)).status).toBe(413);
});

shows('a statement that takes too long is an error of the app, before nginx gives up', async () => {
  const late = await ask({ path: '/slow?seconds=28' });
  measured(
    'rails-on-ecs: a statement that takes too long is ended after',
    `${(late.milliseconds / 1000).toFixed(1)} s`,
  );
  expect(late.status).toBe(500);
  expect(task.container('rails').said()).toContain('canceling statement due to statement timeout');
  expect((await ask({ path: '/slow?seconds=20' })).status).toBe(204);
});

shows('a connection that the load balancer keeps idle for its 60 s is still there', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const used = async () => {
    const ports = await new Promise<number | undefined>((resolve, reject) => {
      request({ agent, host: task.address, port: task.port, path: '/posts', headers }, (response) => {
        const port = response.socket.localPort;
        response.resume().once('end', () => resolve(port));
      })
        .once('error', reject)
        .end();
    });
    return ports;
  };
  const first = await used();
  await sleep(60_500);
  expect(await used()).toBe(first);
  agent.destroy();
});

shows(
  'a task that ends loses no request: not while the load balancer still sends, and not what it has begun',
  async () => {
    const began = Date.now();
    const answers: Promise<Answer>[] = [];
    const sending = (async () => {
      // As long as nginx goes on serving, less a moment.
      while (Date.now() - began < 14_000) {
        answers.push(ask({ path: '/posts', user: answers.length }));
        await sleep(50);
      }
      answers.push(ask({ path: '/slow?seconds=20' }));
    })();
    await sleep(1000);
    const [ended] = await Promise.all([task.stop('SIGQUIT'), sending]);
    const all = await Promise.all(answers);
    measured('rails-on-ecs: requests lost while a task ends', `${failures(all).length} of ${all.length}`);
    measured(
      'rails-on-ecs: nginx and then Rails end within',
      `${ended.nginx} s of its 50, ${ended.rails} s of its 30`,
    );
    expect(kinds(failures(all))).toEqual([]);
    expect(Object.values(ended)).not.toContain('killed');
  },
);

function upload(bytes: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ method: 'POST', host: task.address, port: task.port, path: '/request', agent: false },
        headers: { ...headers, 'content-type': 'application/octet-stream', 'content-length': bytes },
      },
      (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    // Whoever refuses does not wait for all of it.
    sent.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
    sent.end(Buffer.alloc(bytes, 'a'));
  });
}

/** The authorities of RDS, as the definition has them in JSON, and the run's own. */
function authorities(certificate: string): [string, string][] {
  const written = (text: string) => JSON.stringify(text).slice(1, -1);
  return [
    [written(readFileSync('charts/environments/certificates/rds-us-east-1.pem', 'utf8')), written(certificate)],
  ];
}
