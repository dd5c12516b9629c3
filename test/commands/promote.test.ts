import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  changed,
  cli,
  cloned,
  clones,
  done,
  ecr,
  edit,
  env,
  expectCommitted,
  expectGenerated,
  first,
  git,
  hook,
  images,
  neighbours,
  once,
  published,
  refused,
  removeClones,
  second,
  template,
  text,
  third,
  web,
} from '../support/clones';

jest.setTimeout(300_000);
afterAll(removeClones);

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
    expect(out).toContain('written here, not deployed');
  });

  test.concurrent('writes several apps in one commit, each its image or all the same', async () => {
    const clone = cloned();
    await done(clone, 'promote', 'staging', `web=${second}`, `sidekiq=${third}`, '--commit');
    expect(git(clone, 'log', '-1', '--format=%s')).toBe('promote web 2222222-2 and sidekiq 3333333-3 to staging');
    expect(text(clone, `${images}/staging/sidekiq.txt`)).toBe(`${third}\n`);
    const { out } = await done(clone, 'promote', 'staging', second, '--commit');
    expect(git(clone, 'log', '-1', '--format=%s')).toBe('promote sidekiq and migrations 2222222-2 to staging');
    expect(out).toContain('web in staging is 2222222-2 already');
    expect(text(clone, `${images}/staging/migrations.schema.txt`)).toBe(`sha256:${'2'.repeat(64)} 2222222-2\n`);
    await expectCommitted(clone);
  });

  test.concurrent('says what is wrong with what it is to write, all at once', async () => {
    const all = /web has two images.*\n.*2 images have no app.*\n.*--from production and an image contradict/;
    const words = [`web=${second}`, `web=${third}`, second, third, '--from', 'production'];
    await refused(2, all, template, 'promote', 'staging', ...words);
    await Promise.all(
      (
        [
          [['web'], 'web: no image is given; write web=<image>'],
          [[`web=${second}`, third], 'has no app; write <app>=<image>'],
          [['web', second, '--schema', 'a'.repeat(40)], '--schema is of the image of migrations'],
          [['web', second, '--stable', 'web'], `${images}/staging/web.txt has never held`],
        ] as [string[], string][]
      ).map(([words, said]) => refused(2, said, template, 'promote', 'staging', ...words)),
    );
    expect(changed(template)).toEqual([]);
  });

  test.concurrent('brings the first image of an app, alone or with others, and of each environment by itself', async () => {
    const clone = cloned();
    for (const environment of ['production', 'staging'])
      for (const app of ['web', 'sidekiq', 'migrations', 'scheduled'])
        git(
          clone,
          'rm',
          '-r',
          '--quiet',
          '--ignore-unmatch',
          `${images}/${environment}/${app}.txt`,
          `dist/${environment}/${app}`,
        );
    const { err } = await done(clone, '../charts/main');
    expect(err).toContain('staging has no image of web, sidekiq, migrations yet');
    git(clone, 'add', '--all');
    git(clone, 'commit', '--quiet', '-m', 'begin with two environments that have run nothing');
    await done(clone, 'promote', 'staging', 'web', second, '--commit');
    expect(git(clone, 'show', '--format=%s', '--name-only', 'HEAD').split('\n')).toEqual(
      expect.arrayContaining(['dist/staging/web/Rollout.e-ren-rollout.yaml', `${images}/staging/web.txt`]),
    );
    await done(clone, 'promote', 'production', `web=${second}`, `sidekiq=${second}`, '--commit');
    expect(git(clone, 'ls-files', 'dist/production/sidekiq', 'argocd/applications')).toMatch(
      /Deployment\.eren-sidekiq[\s\S]*|production-sidekiq/,
    );
    await expectCommitted(clone);
  });

  test.concurrent('--from promotes what runs in another environment, with its migrations', async () => {
    const clone = cloned();
    const id = 'a'.repeat(40);
    const all = [`web=${second}`, `sidekiq=${third}`, `migrations=${second}`];
    await done(clone, 'promote', 'staging', ...all, '--schema', id, '--commit');
    const { out } = await done(clone, 'promote', 'production', '--from', 'staging', '--commit');
    expect(git(clone, 'log', '-1', '--format=%s')).toBe(
      'promote web and migrations 2222222-2 and sidekiq 3333333-3 to production from staging',
    );
    expect(text(clone, `${images}/production/migrations.schema.txt`)).toBe(`${id} 2222222-2\n`);
    expect(out).toContain('web of staging has not been recorded as stable there');
    expect(out).toContain('pods of web and sidekiq wait for a person: argocd app sync production-migrations');
    // The same migrations in another image are the same line: nothing is due.
    await done(clone, 'promote', 'production', 'migrations', third, '--schema', id);
    expect(changed(clone)).toEqual([
      'charts/environments/images/production/migrations.txt',
      'dist/production/migrations/Job.eren-migrations.yaml',
    ]);
  });

  test.concurrent('is refused when npm has kept its options, with the line that works', async () => {
    const clone = cloned();
    const npm = (...words: string[]) => spawnSync('npm', ['run', ...words], { cwd: clone, encoding: 'utf8', env });
    const { status, stderr } = npm('promote', 'production', 'web', second, '--push');
    expect(status).toBe(2);
    expect(stderr).toContain(`npm run promote -- production web ${second} --push`);
    expect(npm('rollback', 'production', 'web', '--to', '1111111-1').stderr).toContain(
      'npm run rollback -- production web --to 1111111-1',
    );
    expect(npm('rollback', '--push', 'production', 'web').stderr).toContain(
      'npm run rollback -- production web --push',
    );
    expect(npm('--silent', 'promote', '--', 'production', 'web', second).status).toBe(0);
  });

  test.concurrent('leaves everything as it was when the index is locked, and says so', async () => {
    const clone = cloned();
    writeFileSync(join(clone, '.git/index.lock'), '');
    await refused(2, 'index.lock', clone, 'promote', 'production', 'web', second, '--commit');
    rmSync(join(clone, '.git/index.lock'));
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });

  test.concurrent('waits for another one in the same clone, so that the tree is what its images make', async () => {
    const clone = cloned();
    await Promise.all([
      done(clone, 'promote', 'production', 'web', second),
      done(clone, 'promote', 'production', `web=${third}`, `sidekiq=${third}`),
      done(clone, 'promote', 'staging', third),
    ]);
    const before = changed(clone);
    const { out } = await done(clone, '../charts/main');
    expect(out).toMatch(/ 0 written, 0 removed/);
    expect(changed(clone)).toEqual(before);
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
    const said = /"prod" is not an env.* production or staging\n.*"wbe" is not an app .*web/;
    await refused(2, said, template, 'promote', 'prod', 'wbe', second);
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

test.concurrent.each(['promote', 'rollback'])(
  '%s exits with 0 for help and with 2 for wrong usage',
  async (name) => {
    const { out } = await done(template, name, '--help');
    expect(out).toMatch(/Examples:\n(.*\n){2,}\nExit codes:/);
    await refused(2, "missing required argument 'app'", template, name, 'production');
  },
);
