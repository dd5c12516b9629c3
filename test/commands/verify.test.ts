import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import pc from 'picocolors';
import { Progress } from '../../commands/progress';
import { readTree } from '../../review/model/tree';
import type { VerifyReport } from '../../review/verify/finding';
import { github } from '../../review/verify/report/github';
import { markdown } from '../../review/verify/report/markdown';
import { text } from '../../review/verify/report/text';
import { ApiServer, removeKubeconfigs } from '../review/verify/server';
import { root } from '../support/root';

jest.setTimeout(60_000);
let api: ApiServer;
beforeAll(async () => {
  api = await ApiServer.start(readTree(root));
});
afterAll(() => {
  api.stop();
  removeKubeconfigs();
});

function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const all = ['commands/run.mjs', 'commands/verify.ts', ...args];
  const env = { ...process.env, NO_COLOR: '1', KUBECONFIG: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, all, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test.each<[string, string[], RegExp]>([
  ['no environment', [], /name an environment: npm run verify -- production/],
  ['an unknown environment', ['prod'], /"prod" is not an environment of dist\/; use cluster, production, staging/],
  [
    'an unknown question',
    ['production', '--only', 'drift,well'],
    /well is none of accepted, drift, healthy, fits/,
  ],
  ['an unknown form', ['production', '--output', 'xml'], /"xml" is none of text, json, markdown, github/],
  ['no file after =', ['production', '--output', 'json='], /Name a file after =/],
  ['a time without a unit', ['production', '--timeout', '5'], /Write seconds or minutes up to ten/],
  ['too many at a time', ['production', '--parallel', '1000'], /Write a whole number from 1 to 64/],
  [
    'a kubeconfig that is not there',
    ['production', '--kubeconfig', 'nowhere'],
    /--kubeconfig nowhere: there is no such file/,
  ],
  ['an unknown option', ['production', '--write'], /unknown option '--write'/],
])('%s is refused, and exits 2', async (_, args, said) => {
  const { status, stderr } = await run(...args);
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test('its help has examples and exit codes', async () => {
  const { status, stdout } = await run('--help');
  expect(stdout).toMatch(
    /Examples:[\s\S]*--only drift[\s\S]*Exit codes: 0 everything is as it should be, 1 a mismatch, 2/,
  );
  expect(status).toBe(0);
});

const plugin = (script: string) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: process.execPath,
    args: ['-e', script],
    interactiveMode: 'Never',
  },
});
const credential = {
  apiVersion: 'client.authentication.k8s.io/v1beta1',
  kind: 'ExecCredential',
  status: { token: 'of-the-plugin' },
};

test('a plugin signs in, as for EKS, and its token is what the server gets', async () => {
  const tokens = new Set<string | undefined>();
  const script = `JSON.parse(process.env.KUBERNETES_EXEC_INFO); console.log(${JSON.stringify(JSON.stringify(credential))})`;
  api.instead = ({ token }) => {
    tokens.add(token);
    return undefined;
  };
  const { status, stdout, stderr } = await run(
    'production',
    '--only',
    'healthy',
    '--kubeconfig',
    api.kubeconfig(plugin(script)),
  );
  // What takes long says that it is still asking.
  expect({ status, stderr: stderr.replace(/^asking .*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(
    /^production in fake \(http:\/\/127\.0\.0\.1:\d+\), Kubernetes v1\.35\.4\n\nHealthy\? yes\n/,
  );
  expect([...tokens]).toEqual(['Bearer of-the-plugin']);
});

test.each<[string, object, RegExp]>([
  [
    'a plugin that fails',
    plugin("console.error('Error loading SSO Token: expired'); process.exit(1)"),
    /signing in with .* failed: Error loading SSO Token: expired; run aws sso login/,
  ],
  [
    'a plugin that is not installed',
    { exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: 'no-such-aws' } },
    /no-such-aws, which signs in, is not installed/,
  ],
])('%s is told, and exits 2', async (_, user, said) => {
  const { status, stderr } = await run('production', '--kubeconfig', api.kubeconfig(user));
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test('a context that is not there is told with those that are', async () => {
  const { status, stderr } = await run('production', '--kubeconfig', api.kubeconfig(), '--context', 'other');
  expect(stderr).toMatch(/--context other is not a context with a cluster; there are fake/);
  expect(status).toBe(2);
});

test('a mismatch exits 1, in every form at once, and the JSON is what its schema says', async () => {
  const kubeconfig = api.kubeconfig();
  const file = join(kubeconfig, '..', 'reports', 'verify.json');
  api.instead = ({ path }) =>
    path.endsWith('/configmaps') ? { status: 403, body: { message: 'no' } } : undefined;
  api.find('Rollout', 'production', 'e-ren-rollout').status = { phase: 'Degraded' };
  const args = ['--only', 'healthy', '--output', 'github', '--output', `json=${file}`];
  const { status, stdout } = await run('production', '--kubeconfig', kubeconfig, ...args);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^::error title=healthy%3A degraded::Rollout production\/e-ren-rollout Degraded%0A/);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const valid = new Ajv().compile(JSON.parse(readFileSync(join(root, 'docs/verify.schema.json'), 'utf8')));
  expect([valid(report), valid.errors]).toEqual([true, null]);
  expect(report.counts).toEqual({ mismatch: 1, unanswered: 1, note: 0 });
});

test('a question that is not answered exits 2 when nothing else is wrong', async () => {
  api.find('Rollout', 'production', 'e-ren-rollout').status = { phase: 'Healthy' };
  api.instead = ({ path }) => (path.endsWith('/pods') ? { status: 403, body: { message: 'no' } } : undefined);
  const { status, stdout } = await run('production', '--only', 'healthy', '--kubeconfig', api.kubeconfig());
  expect(stdout).toMatch(
    /unanswered[\s\S]*pods in production could not be read: 403 no[\s\S]*incomplete: 1 question not answered/,
  );
  expect(status).toBe(2);
});

const report: VerifyReport = {
  apiVersion: 'e-ren.washu.edu/v1',
  kind: 'VerifyReport',
  environment: 'production',
  context: 'eks',
  server: 'https://example.org',
  kubernetes: 'v1.35.4',
  asked: ['drift', 'fits'],
  passed: false,
  objects: 54,
  counts: { mismatch: 12, unanswered: 1, note: 0 },
  findings: [
    ...Array.from({ length: 12 }, (_, i) => ({
      question: 'drift' as const,
      level: 'mismatch' as const,
      what: 'changed',
      object: { kind: 'Service', namespace: 'production', name: `s${i}` },
      file: 'dist/production/web/Service.s.yaml',
      line: 7,
      path: 'spec.type',
      message: 'is "a|b" <in> the cluster',
      fix: 'let Argo CD sync it',
    })),
    { question: 'fits', level: 'unanswered', what: 'forbidden', message: 'nodes could not be read' },
  ],
  notAsked: ['what only AWS knows'],
};

test('as text it says where, what, and what to do, for a person', () => {
  const said = text(report, { colors: pc.createColors(false), width: 80 });
  expect(said).toContain(
    '  mismatch   Service production/s0  changed\n             dist/production/web/Service.s.yaml:7\n',
  );
  expect(said).toContain('Not asked\n  - what only AWS knows\n');
  expect(said.trimEnd().split('\n').pop()).toBe(
    'failed: 12 mismatches, 1 question not answered (54 objects of production)',
  );
});

test('as Markdown it is one table whose cells cannot break it', () => {
  const said = markdown(report);
  expect(said).toMatch(/^### 🔴 failed: 12 mismatches/);
  expect(said).toContain('`spec.type` is "a&#124;b" &#60;in&#62; the cluster');
  expect(said.split('\n').filter((line) => /^\| [🔴🟡]/u.test(line)).length).toBe(13);
});

test('as annotations there are ten of a level at most, and the last counts the rest', () => {
  const lines = github(report).trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('::error')).length).toBe(10);
  expect(lines[9]).toBe('::error title=verify::and 3 more; npm run verify -- production shows them');
  expect(lines[0]).toMatch(
    /^::error file=dist\/production\/web\/Service\.s\.yaml,line=7,title=drift%3A changed::Service production\/s0 spec\.type/,
  );
});

test('progress is one line of a terminal, which goes away', () => {
  const written: string[] = [];
  const progress = new Progress({ isTTY: true, write: (part: any) => written.push(part) > 0 });
  const { now } = performance;
  let time = now.call(performance);
  performance.now = () => (time += 1000);
  progress.say('trying objects', 3, 9);
  progress.end();
  performance.now = now;
  expect(written).toEqual(['\r\x1b[Ktrying objects, 3 of 9 …', '\r\x1b[K']);
});

test('a device is written to, and not replaced by a file', async () => {
  const nothing = join(api.kubeconfig(), '..', 'nothing');
  symlinkSync('/dev/null', nothing);
  api.instead = () => undefined;
  const kubeconfig = api.kubeconfig();
  const { status, stderr } = await run(
    ...['production', '--only', 'healthy', '--kubeconfig', kubeconfig, '--output', `text=${nothing}`],
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readlinkSync(nothing)).toBe('/dev/null');
});

test('a report replaces the file that was there', async () => {
  const file = join(api.kubeconfig(), '..', 'verify.md');
  writeFileSync(file, 'old');
  api.instead = () => undefined;
  await run('production', '--only', 'healthy', '--kubeconfig', api.kubeconfig(), '--output', `markdown=${file}`);
  expect(readFileSync(file, 'utf8')).toMatch(/^### ✅ passed: nothing to tell/);
  expect(readdirSync(join(file, '..')).sort()).toEqual(['config', 'verify.md']);
});
