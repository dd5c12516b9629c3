import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';

jest.setTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), 'tunnel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * AWS, played: it answers what the story says, listens where a session forwards to, and writes down what it was asked. A node
 * that ends in 0 has no agent yet.
 */
const aws = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync(process.env.ASKED, 'aws ' + words.join(' ') + '\\n');
const story = JSON.parse(process.env.STORY);
const end = (line) => { console.error(line); process.exit(254); };
switch (words[0] + ' ' + words[1]) {
  case 'sts get-caller-identity':
    if (story.expired) end('The SSO session associated with this profile has expired.');
    console.log('arn:aws:sts::000000000000:assumed-role/operator/ann'); break;
  case 'eks describe-cluster': console.log(story.endpoint ?? 'https://ABC.gr7.us-east-1.eks.amazonaws.com'); break;
  case 'ec2 describe-instances': console.log((story.nodes ?? ['i-0a0', 'i-0a1']).join('\\t')); break;
  case 'ssm start-session': {
    if (/0$/.test(words[words.indexOf('--target') + 1])) end('An error occurred (TargetNotConnected): not connected.');
    const port = Number(/localPortNumber=(\\d+)/.exec(words.join(' '))[1]);
    require('node:net').createServer((socket) => socket.end()).listen(port, '127.0.0.1');
    if (story.breaks) setTimeout(() => process.exit(0), 1500);
  }
}
`;
const kubectl = `#!/bin/sh
echo "kubectl $*" >> "$ASKED"
case "$*" in *'config view'*) echo arn:aws:eks:us-east-1:000000000000:cluster/eren-cluster ;; esac
`;

let made = 0;
function machine(story: object, without: readonly string[] = []) {
  const bin = join(folder, `bin-${++made}`);
  mkdirSync(bin);
  const programs = { aws, kubectl, 'session-manager-plugin': '#!/bin/sh\n' };
  for (const [name, text] of Object.entries(programs))
    if (!without.includes(name)) writeFileSync(join(bin, name), text, { mode: 0o755 });
  for (const name of ['sh', 'git']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
  const env = { PATH: bin, ASKED: join(bin, 'asked'), STORY: JSON.stringify(story), HOME: bin, NO_COLOR: '1' };
  return { env, asked: () => readFileSync(env.ASKED, 'utf8').trim().split('\n') };
}

const words = (...more: string[]) => ['eren', 'tunnel', ...more];

function ran(story: object, args: string[], without: readonly string[] = []) {
  const { env } = machine(story, without);
  const { status, stdout, stderr } = spawnSync(process.execPath, words(...args), {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

test('it opens the way through the first node whose agent answers, points kubectl there, and closes on Ctrl-C', async () => {
  const local = await freePort();
  const { env, asked } = machine({});
  const child = spawn(process.execPath, words('--port', String(local)), { cwd: root, env });
  let out = '';
  child.stderr.on('data', (part) => {
    out += part;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (part) => {
      out += part;
      if (out.includes('open through')) resolve();
    });
    child.once('exit', () => reject(new Error(out)));
  });
  expect(out).toContain(
    'you are arn:aws:sts::000000000000:assumed-role/operator/ann; eren-cluster has 2 running nodes',
  );
  expect(out).toContain('i-0a0 does not open a session: An error occurred (TargetNotConnected)');
  expect(out).toContain('open through i-0a1, until Ctrl-C. In another shell: kubectl --context eren get nodes');
  const second = spawnSync(process.execPath, words('--port', String(local)), { cwd: root, env, encoding: 'utf8' });
  expect([second.status, second.stderr]).toEqual([2, expect.stringContaining(`port ${local} is taken`)]);
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(asked()).toEqual(
    expect.arrayContaining([
      'aws eks update-kubeconfig --name eren-cluster --alias eren --region us-east-1',
      `kubectl config set-cluster arn:aws:eks:us-east-1:000000000000:cluster/eren-cluster --server=https://127.0.0.1:${local} --tls-server-name=ABC.gr7.us-east-1.eks.amazonaws.com`,
      `aws ssm start-session --region us-east-1 --target i-0a1 --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters host=ABC.gr7.us-east-1.eks.amazonaws.com,portNumber=443,localPortNumber=${local}`,
    ]),
  );
});

test('it says when the session breaks, and when no node opens one', async () => {
  const local = String(await freePort());
  expect(ran({ breaks: true }, ['--port', local])).toMatchObject({
    code: 1,
    err: expect.stringContaining('the session ended'),
  });
  expect(ran({ nodes: ['i-0b0'] }, ['--port', local])).toMatchObject({
    code: 1,
    err: expect.stringContaining('none of 1 nodes opens a session'),
  });
  expect(ran({ nodes: [] }, [])).toMatchObject({ code: 1, err: expect.stringContaining('has no running node') });
});

test.each(['None', '', 'http://a.b', 'https://a.b,portNumber=22', 'https://a.b/\u001b[2J'])(
  'an address of the cluster that is none, %j, opens nothing',
  (endpoint) => {
    const { code, err } = ran({ endpoint }, []);
    expect([code, err]).toEqual([1, expect.stringContaining('eren-cluster has no address yet: AWS says')]);
    expect(err).not.toContain('\u001b');
  },
);

test('before a shift it says what is missing, and opens nothing', () => {
  expect(ran({}, ['--check'])).toMatchObject({ code: 0, out: expect.stringContaining('all is there') });
  const { code, err } = ran({}, ['--check'], ['aws', 'session-manager-plugin', 'kubectl']);
  expect(code).toBe(2);
  expect(err.match(/\S+ is not installed; see .*https:/g)).toHaveLength(3);
  expect(ran({ expired: true }, ['--check'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('log in: aws sso login'),
  });
  expect(ran({}, ['--port', '80'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Write a port from 1024'),
  });
});
