import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

jest.setTimeout(60_000);

const repository = dirname(__dirname);
const temporary = mkdtempSync(join(tmpdir(), 'promote-'));
const template = join(temporary, 'template');
const images = 'charts/environments/images';
const web = `${images}/production/web.txt`;
const ecr = '000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren';
const [first, second, third, another] = ['1111111-1', '2222222-2', '3333333-3', '9999999-9'].map(
  (tag) => `${ecr}:${tag}@sha256:${tag.slice(0, 1).repeat(64)}`,
) as [string, string, string, string];
const neighbours = [
  ['staging', 'web'],
  ...readdirSync(join(repository, images, 'production'))
    .filter((file) => file !== 'web.txt')
    .map((file) => ['production', basename(file, '.txt')]),
] as [string, string][];
const env: NodeJS.ProcessEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_SYSTEM: devNull,
  GIT_AUTHOR_NAME: 'Jenkins',
  GIT_AUTHOR_EMAIL: 'jenkins@example.com',
  GIT_COMMITTER_NAME: 'Jenkins',
  GIT_COMMITTER_EMAIL: 'jenkins@example.com',
  NO_COLOR: '1',
};
let made = 0;

prepare();
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('promote', () => {
  test.concurrent('changes the image file and the manifests that carry the image, and nothing else', async () => {
    const clone = cloned();
    const carrying = git(clone, 'grep', '--files-with-matches', first, '--', 'dist/production').split('\n');
    const { out } = await done(clone, 'promote', 'production', 'web', second);
    expect(changed(clone)).toEqual([web, ...carrying].sort());
    for (const path of changed(clone)) {
      const before = `${git(clone, 'show', `HEAD:${path}`)}\n`;
      expect(text(clone, path)).toBe(before.replaceAll(first, second).replaceAll('1111111-1', '2222222-2'));
      expect(out).toContain(path);
    }
    expect(out).toContain(`${first} → ${second}`);
  });

  test.concurrent('refuses an image that tag and digest do not pin', async () => {
    const clone = cloned();
    const [, digest] = second.split('@');
    const unpinned = [
      `${ecr}:2222222-2`,
      `${ecr}@${digest}`,
      `${ecr}:2222222-2@sha256:2222`,
      `${ecr}:latest@${digest}`,
    ].map((image) => refused(2, JSON.stringify(image), clone, 'promote', 'production', 'web', image));
    await Promise.all(unpinned);
    expect(changed(clone)).toEqual([]);
  });

  test.concurrent('refuses a foreign registry, unless exactly that repository is allowed', async () => {
    const clone = cloned();
    const foreign = ['promote', 'production', 'web', second.replace(ecr, 'ghcr.io/me/e-ren'), '--allow-registry'];
    const said = `"ghcr.io/me/e-ren" is not a repository of this cluster (${ecr}`;
    await refused(2, said, clone, ...foreign, 'ghcr.io/me');
    await done(clone, ...foreign, 'ghcr.io/me/e-ren');
    expect(text(clone, web)).toContain('ghcr.io/me/e-ren:2222222-2@');
  });

  test.concurrent('names the environments and apps there are when it is given another', async () => {
    await refused(2, /"prod" is no env.* production or staging/, template, 'promote', 'prod', 'web', second);
    await refused(2, /"wbe" is no app .*web/, template, 'promote', 'production', 'wbe', second);
  });

  test.concurrent('of the current image says so, and neither writes nor commits', async () => {
    const clone = cloned();
    const { out } = await done(clone, 'promote', 'production', 'web', first, '--commit');
    expect(out).toBe('web in production is 1111111-1 already, nothing to do\n');
    expect(changed(clone)).toEqual([]);
    expect(git(clone, 'log', '--format=%s')).toBe('begin');
  });

  test.concurrent('commits its own files and leaves what else is staged', async () => {
    const clone = cloned();
    appendFileSync(join(clone, 'cdk8s.yaml'), '# mine\n');
    git(clone, 'add', 'cdk8s.yaml');
    await done(clone, 'promote', 'production', 'web', second, '--commit');
    expect(git(clone, 'log', '-1', '--format=%s%n%b')).toBe(
      `promote web 2222222-2 to production\nIt replaces\n${first} →\n${second}`,
    );
    expect(git(clone, 'log', '-1', '--format=%(trailers)')).toBe('');
    expect(git(clone, 'show', '--format=', '--name-only', 'HEAD').split('\n')).toContain(web);
    expect(git(clone, 'status', '--porcelain')).toBe('M  cdk8s.yaml');
  });

  test.concurrent("leaves the code's commit in trailers that Argo CD can read", async () => {
    const clone = cloned();
    const references = {
      author: 'Doe, Jane <jane@example.com>',
      sha: '4f2c9de',
      subject: 'Seat guests\n  by name',
      body: 'Why "so":\n\nCo-authored-by: A <a@example.com>',
      repourl: 'https://jenkins:token@github.com/e-ren/e-ren.git',
    };
    const flags = Object.entries(references).flatMap(([name, value]) => [`--reference-${name}`, value]);
    await done(clone, 'promote', 'staging', 'web', second, '--commit', ...flags);
    expect(git(clone, 'log', '-1', '--format=%(trailers)').split('\n')).toEqual([
      'Argocd-reference-commit-author: "Doe, Jane" <jane@example.com>',
      'Argocd-reference-commit-sha: 4f2c9de',
      'Argocd-reference-commit-subject: Seat guests by name',
      `Argocd-reference-commit-body: ${JSON.stringify(references.body)}`,
      'Argocd-reference-commit-repourl: https://github.com/e-ren/e-ren.git',
    ]);
    await refused(2, '5 to 40 hex', clone, 'promote', 'staging', 'web', third, '--reference-sha', 'HEAD');
  });

  test.concurrent('restores the image file when the manifests cannot be made', async () => {
    const clone = cloned();
    const outputs = 'terraform-bridge/outputs/production.json';
    edit(clone, outputs, '"database_port"', '"database_prt"');
    const said = `${outputs}: database_port: is missing`;
    await refused(2, said, clone, 'promote', 'production', 'web', second);
    expect(changed(clone)).toEqual([outputs]);
  });

  test.concurrent('refuses to commit in a work tree whose changes would be mixed in', async () => {
    const clone = cloned();
    for (const [flag, path] of [
      ['--commit', 'dist/production/web/Service.eren-service.yaml'],
      ['--commit', 'dist/production/web/mine.yaml'],
      ['--commit', web],
      ['--push', 'cdk8s.yaml'],
    ] as const) {
      appendFileSync(join(clone, path), '# mine\n');
      const said = new RegExp(`uncommitted changes.*${path}`);
      await refused(2, said, clone, 'promote', 'production', 'web', second, flag);
      expect(changed(clone)).toEqual([path]);
      git(clone, 'stash', '--quiet', '--include-untracked');
    }
  });

  test.concurrent('refuses to commit manifests that were behind the code', async () => {
    const clone = cloned();
    appendFileSync(join(clone, 'dist/production/web/Service.eren-service.yaml'), '# behind\n');
    git(clone, 'commit', '--quiet', '--all', '-m', 'change a manifest by hand');
    const said = 'Service.eren-service.yaml: not what the code generates';
    await refused(2, said, clone, 'promote', 'production', 'web', second, '--commit');
    expect(changed(clone)).toEqual([]);
  });

  test.concurrent('leaves everything as it was when git refuses the commit', async () => {
    const clone = cloned();
    hook(clone, 'pre-commit', 'echo not today >&2; exit 1');
    const said = 'error git commit: not today\n';
    await refused(2, said, clone, 'promote', 'production', 'web', second, '--commit');
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });
});

describe('promote --push', () => {
  test.concurrent.each(neighbours)('lands from two clones at once, beside %s %s', async (environment, app) => {
    const [one, two] = clones();
    await Promise.all([
      done(one, 'promote', 'production', 'web', second, '--push'),
      done(two, 'promote', environment, app, third, '--push'),
    ]);
    expect(published(one).sort()).toEqual(
      ['begin', 'promote web 2222222-2 to production', `promote ${app} 3333333-3 to ${environment}`].sort(),
    );
    expect(git(one, 'show', `origin/main:${web}`)).toBe(second);
    expect(git(one, 'show', `origin/main:${images}/${environment}/${app}.txt`)).toBe(third);
    await expectGenerated(one);
  });

  // post-commit: the other one is faster. pre-push: the other one is faster by so little that both talk to the remote.
  test.concurrent.each(['post-commit', 'pre-push'])(
    'lands after somebody else promoted the same app meanwhile (%s), and says so',
    async (moment) => {
      const [one, two] = clones();
      hook(one, moment, once(two, cli('promote', 'production', 'web', second, '--push')));
      const { out, err } = await done(one, 'promote', 'production', 'web', third, '--push');
      expect(err).toContain('others pushed to main first (attempt 1 of 5)');
      expect(published(one)).toEqual([
        'promote web 3333333-3 to production',
        'promote web 2222222-2 to production',
        'begin',
      ]);
      const message = git(one, 'log', '-1', '--format=%b', 'origin/main');
      expect(message).toContain(`It replaces\n${second} →\n${third}`);
      for (const told of [out, message])
        expect(told).toMatch(/Meanwhile Jenkins in \w+ had deployed .*:2222222-2@/);
      await expectGenerated(one);
    },
  );

  test.concurrent('is done again with the code that was pushed meanwhile', async () => {
    const [one, two] = clones();
    edit(two, 'charts/environments/cluster.ts', "sentry: { organization: '", "sentry: { organization: 'renamed-");
    const push = 'git commit --quiet --all -m "rename the organization" && git push --quiet';
    hook(one, 'post-commit', once(two, `${cli('../charts/main')} && ${push}`));
    await done(one, 'promote', 'production', 'web', second, '--push');
    expect(published(one)).toEqual(['promote web 2222222-2 to production', 'rename the organization', 'begin']);
    expect(git(one, 'grep', 'renamed-', 'origin/main', '--', 'dist')).toContain('renamed-');
    await expectGenerated(one);
  });

  test.concurrent('starts from what others pushed since a clone without a branch was made, as CI has it', async () => {
    const [one, two] = clones();
    git(one, 'checkout', '--quiet', '--detach');
    await done(two, 'promote', 'production', 'web', second, '--push');
    const { out, err } = await done(one, 'promote', 'production', 'web', third, '--push');
    expect(out).toContain(`${second} → ${third}`);
    expect(err).toBe('');
  });

  test.concurrent('does not take unpushed commits along', async () => {
    const [clone] = clones();
    git(clone, 'commit', '--quiet', '--allow-empty', '-m', 'try something');
    const said = /HEAD has commits that origin\/main has not.*\(try something\)/;
    await refused(2, said, clone, 'promote', 'production', 'web', second, '--push');
    expect(published(clone)).toEqual(['begin']);
  });

  test.concurrent('takes its commit back when the remote refuses it', async () => {
    const [clone] = clones();
    hook(git(clone, 'remote', 'get-url', 'origin'), 'pre-receive', 'echo protected >&2; exit 1', '');
    const said = /protected[\s\S]*nothing is committed or pushed/;
    await refused(1, said, clone, 'promote', 'production', 'web', second, '--push');
    expect(git(clone, 'log', '--format=%s')).toBe('begin');
    expect(changed(clone)).toEqual([]);
  });

  test.concurrent('gives up, and takes its commit back, when others are always faster', async () => {
    const [one, two] = clones();
    hook(one, 'pre-push', `cd ${two} && git commit --quiet --allow-empty -m faster && git push --quiet`);
    const said = 'others pushed first (attempt 2 of 2)';
    await refused(1, said, one, 'promote', 'production', 'web', second, '--push', '--attempts', '2');
    expect(published(one)).toEqual(['faster', 'faster', 'begin']);
    expect(changed(one)).toEqual([]);
  });
});

describe('rollback', () => {
  test.concurrent('restores the image before the current one, and its manifests byte for byte', async () => {
    const [clone] = clones();
    await done(clone, 'promote', 'production', 'web', second, '--commit');
    const before = git(clone, 'rev-parse', 'HEAD^{tree}');
    await done(clone, 'promote', 'production', 'web', third, '--commit');
    git(clone, 'push', '--quiet');
    await done(clone, 'rollback', 'production', 'web', '--push');
    expect(published(clone)[0]).toBe('roll back web in production to 2222222-2');
    expect(git(clone, 'rev-parse', 'origin/main^{tree}')).toBe(before);
  });

  test.concurrent('--to takes an older image, by tag or by digest', async () => {
    const clone = cloned();
    for (const image of [second, third]) await done(clone, 'promote', 'production', 'web', image, '--commit');
    await done(clone, 'rollback', 'production', 'web', '--to', '1111111-1', '--commit');
    expect(text(clone, web)).toBe(`${first}\n`);
    await done(clone, 'rollback', 'production', 'web', '--to', second.slice(second.indexOf('@') + 1));
    expect(text(clone, web)).toBe(`${second}\n`);
    const said = 'no image "4444444-4" in its history; use one of 1111111-1, 3333333-3, 2222222-2';
    await refused(2, said, clone, 'rollback', 'production', 'web', '--to', '4444444-4');
  });

  test.concurrent('keeps its image when somebody else promotes meanwhile', async () => {
    const [one, two] = clones();
    await done(one, 'promote', 'production', 'web', second, '--push');
    hook(one, 'post-commit', once(two, cli('promote', 'production', 'web', third, '--push')));
    const { out } = await done(one, 'rollback', 'production', 'web', '--push');
    expect(out).toContain(`${third} → ${first}`);
    expect(published(one)[0]).toBe('roll back web in production to 1111111-1');
  });

  test.concurrent('says what to do where there is no image before the current one', async () => {
    const [clone] = clones();
    const said = `${web}: no image before the current one in its history; deploy another one with`;
    await refused(2, said, clone, 'rollback', 'production', 'web');
    await done(clone, 'promote', 'production', 'web', second, '--push');
    const shallow = cloned(`file://${git(clone, 'remote', 'get-url', 'origin')}`, '--depth=1');
    await refused(2, 'run git fetch --unshallow', shallow, 'rollback', 'production', 'web');
  });
});

test.concurrent.each(['promote', 'rollback'])(
  '%s exits with 0 for help and with 2 for wrong usage',
  async (name) => {
    const { out } = await done(template, name, '--help');
    expect(out).toMatch(/Examples:\n.*\n.*\n\nExit codes:/);
    await refused(2, "missing required argument 'app'", template, name, 'production');
  },
);

/** A repository of this tree, in which the image of each file is known; not in beforeAll, which concurrent tests precede. */
function prepare(): void {
  const left = ['node_modules', '.git', 'coverage'];
  cpSync(repository, template, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  symlinkSync(join(repository, 'node_modules'), join(template, 'node_modules'));
  for (const environment of readdirSync(join(template, images)))
    for (const file of readdirSync(join(template, images, environment)))
      writeFileSync(join(template, images, environment, file), `${file === 'web.txt' ? first : another}\n`);
  execFileSync(process.execPath, ['commands/run.mjs', 'charts/main.ts'], { cwd: template, env, stdio: 'pipe' });
  git(template, 'init', '--quiet', '--initial-branch=main');
  appendFileSync(join(template, '.git/info/exclude'), 'node_modules\n');
  git(template, 'add', '--all');
  git(template, 'commit', '--quiet', '-m', 'begin');
}

/** A clone to work in, of the template unless there is a remote to push to. */
function cloned(remote = template, ...options: string[]): string {
  const clone = join(temporary, `clone-${++made}`);
  git(temporary, 'clone', '--quiet', ...options, remote, clone);
  symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'));
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  return clone;
}

/** Two clones of a new remote. */
function clones(): [string, string] {
  const remote = join(temporary, `remote-${++made}.git`);
  git(temporary, 'clone', '--quiet', '--bare', template, remote);
  return [cloned(remote), cloned(remote)];
}

async function done(clone: string, ...args: string[]) {
  const result = await run(clone, args);
  expect(result).toMatchObject({ code: 0 });
  return result;
}

async function refused(code: number, said: string | RegExp, clone: string, ...args: string[]) {
  const err = typeof said === 'string' ? expect.stringContaining(said) : expect.stringMatching(said);
  expect(await run(clone, args)).toMatchObject({ code, err });
}

function run(cwd: string, [command, ...args]: string[]) {
  const all = ['commands/run.mjs', `commands/${command}.ts`, ...args];
  return new Promise<{ code: number; out: string; err: string }>((resolve) =>
    execFile(process.execPath, all, { cwd, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

function cli(command: string, ...args: string[]): string {
  return `'${[process.execPath, 'commands/run.mjs', `commands/${command}.ts`, ...args].join("' '")}'`;
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trimEnd();
}

function hook(clone: string, name: string, script: string, folder = '.git/'): void {
  const clean = 'unset $(git rev-parse --local-env-vars)';
  writeFileSync(join(clone, `${folder}hooks`, name), `#!/bin/sh\n${clean}\n${script}\n`, { mode: 0o755 });
}

function once(clone: string, script: string): string {
  return `rm "$0"; cd ${clone} && (${script}) >/dev/null`;
}

function edit(clone: string, path: string, from: string, to: string): void {
  expect(text(clone, path)).toContain(from);
  writeFileSync(join(clone, path), text(clone, path).replace(from, to));
}

function text(clone: string, path: string): string {
  return readFileSync(join(clone, path), 'utf8');
}

function changed(clone: string): string[] {
  const status = git(clone, 'status', '--porcelain', '--untracked-files=all').split('\n').filter(Boolean);
  return status.map((line) => line.slice(3)).sort();
}

function published(clone: string): string[] {
  git(clone, 'fetch', '--quiet');
  return git(clone, 'log', '--format=%s', 'origin/main').split('\n');
}

/** What is published is what its code generates, so that nobody's change was lost in between. */
async function expectGenerated(clone: string): Promise<void> {
  git(clone, 'reset', '--quiet', '--hard', 'origin/main');
  await done(clone, '../charts/main');
  expect(changed(clone)).toEqual([]);
}
