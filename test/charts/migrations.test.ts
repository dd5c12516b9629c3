import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chartFolders } from '../../charts/app';
import { seconds } from '../../charts/environments/units';
import { render } from '../../charts/output';
import { loadSettings } from '../../charts/settings';
import { manifestsWith } from '../support/changed';
import { frozen } from '../support/frozen';
import { type Manifest, manifests, matches, ofKind, one, pods, settings } from '../support/manifests';
import { root } from '../support/root';

const environments = settings.sites.map((site) => [site.environment.name, site] as const);
const wave = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);

describe.each(environments)('the migrations of %s', (name, { environment, images, schema, database }) => {
  const { migrations } = environment;
  const job = one(name, 'Job', 'eren-migrations');
  const pod = job.spec.template.spec;
  const [container] = pod.containers;
  const env = Object.fromEntries(container.env.map((each: any) => [each.name, each.value]));
  const application = ofKind('Application').find(({ metadata }) => metadata.name === `${name}-migrations`);
  const chart = manifests.filter(({ path }) => path.startsWith(`dist/${name}/migrations/`));

  test('are synced by whom the settings say, and a sync by a person is not repeated by itself', () => {
    const { automated, retry } = application?.spec.syncPolicy ?? {};
    const byItself = migrations.startedBy === 'commit';
    expect([automated !== undefined, retry !== undefined]).toEqual([byItself, byItself]);
  });

  test('are of their own promoted image, and web and Sidekiq wait for them', () => {
    expect(container.image).toBe(images.migrations?.reference);
    const waiting = pods.filter(
      ({ owner, spec }) =>
        owner.metadata.namespace === name &&
        spec.initContainers?.some((each: any) => each.name === 'pending-migrations'),
    );
    expect(waiting.map(({ owner }) => owner.metadata.name).sort()).toEqual(['e-ren-rollout', 'eren-sidekiq']);
  });

  test('go straight to the database, which is verified, with the role from a Secret and limits of each session', () => {
    const url = new URL(env.DATABASE_URL);
    expect([url.hostname, Number(url.port), url.pathname, url.username, url.password]).toEqual([
      database.host,
      database.port,
      `/${database.name}`,
      '',
      '',
    ]);
    expect(url.searchParams.get('sslmode')).toBe('verify-full');
    const mount = container.volumeMounts.find((each: any) =>
      url.searchParams.get('sslrootcert')?.startsWith(`${each.mountPath}/`),
    );
    const volume = pod.volumes.find((each: any) => each.name === mount.name);
    expect(volume.configMap ?? volume.secret).toBeDefined();
    expect(env.PGOPTIONS).toBe(
      `-c lock_timeout=${seconds(migrations.lockTimeout)}s -c statement_timeout=${seconds(migrations.statementTimeout)}s`,
    );
    for (const variable of ['PGUSER', 'PGPASSWORD'])
      expect(container.env.find((each: any) => each.name === variable).valueFrom.secretKeyRef.name).toBe(
        'eren-migrations',
      );
    expect(pod.initContainers?.map((each: any) => each.name) ?? []).not.toContain('pgbouncer');
  });

  test('take a snapshot first where the settings say so', () => {
    expect(pod.initContainers?.map((each: any) => each.name)).toEqual(
      migrations.snapshot ? ['pending', 'snapshot'] : undefined,
    );
  });

  test('end in the time of the settings, after one more attempt, and are made anew by every sync', () => {
    expect([job.spec.activeDeadlineSeconds, job.spec.backoffLimit, pod.restartPolicy]).toEqual([
      seconds(migrations.deadline),
      1,
      'Never',
    ]);
    expect(job.metadata.annotations).toMatchObject({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    });
  });

  test('come after all they need and before the object that says whose they were', () => {
    const record = one(name, 'ConfigMap', 'eren-migrations');
    expect(record.data).toEqual({ schema: schema?.id, since: schema?.since });
    const others = chart.filter((each) => each !== job && each !== record);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((each) => wave(each) >= wave(job)).map(({ path }) => path)).toEqual([]);
    expect(wave(record)).toBeGreaterThan(wave(job));
  });

  test('reach the database and HTTPS, and nothing reaches them', () => {
    const { spec } = one(name, 'NetworkPolicy', 'eren-migrations');
    const ports = spec.egress.flatMap((rule: any) => rule.ports.map(({ port }: any) => port));
    expect(ports).toEqual([database.port, ...(migrations.snapshot ? [80] : []), 443]);
    expect(spec.policyTypes).toEqual(['Egress']);
    expect(matches(spec.podSelector.matchLabels, job.spec.template.metadata.labels)).toBe(true);
  });
});

test('an in-cluster database admits every component that connects to one', () => {
  const admitted = one('staging', 'NetworkPolicy', 'postgres').spec.ingress[0].from.map(
    (peer: any) => peer.podSelector.matchLabels,
  );
  const connecting = pods.filter(({ owner, spec, labels }) => {
    const all = [...(spec.initContainers ?? []), ...spec.containers];
    return (
      owner.metadata.namespace === 'staging' &&
      labels['app.kubernetes.io/name'] === 'e-ren' &&
      all.some((each: any) => each.name === 'pgbouncer' || each.name === 'migrate')
    );
  });
  expect(connecting.length).toBeGreaterThan(2);
  const refused = connecting.filter(({ labels }) => !admitted.some((peer: any) => matches(peer, labels)));
  expect(refused.map(({ owner }) => owner.path)).toEqual([]);
});

describe('what makes the migrations due', () => {
  const file = 'charts/environments/images/production/migrations.schema.txt';
  const at = (given: Record<string, string>) => {
    const folder = 'dist/production/migrations/';
    const files = render(chartFolders(loadSettings(root, frozen, { files: given })));
    return new Map(
      [...files]
        .filter(([path]) => path.startsWith(folder))
        .map(([path, text]) => [path.slice(folder.length), text]),
    );
  };
  const image = (digit: string) => `registry.example/e-ren:${digit}-1@sha256:${digit.repeat(64)}\n`;
  const promoted = (digit: string, schema?: string) =>
    at({
      'charts/environments/images/production/migrations.txt': image(digit),
      ...(schema && { [file]: `${schema.repeat(40)} ${digit}-1\n` }),
    });
  const changed = (before: Map<string, string>, after: Map<string, string>) =>
    [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);

  test('is another schema: an image with the same one changes the hook alone, which Argo CD does not compare', () => {
    const same = at({
      'charts/environments/images/production/migrations.txt': image('2'),
      [file]: `${'a'.repeat(40)} 1-1\n`,
    });
    expect(changed(promoted('1', 'a'), same)).toEqual(['Job.eren-migrations.yaml']);
    expect(changed(promoted('1', 'a'), promoted('2', 'b'))).toEqual([
      'Job.eren-migrations.yaml',
      'ConfigMap.eren-migrations.yaml',
    ]);
  });

  test('is any image whose schema nobody knows', () => {
    expect(changed(promoted('1'), promoted('2'))).toContain('ConfigMap.eren-migrations.yaml');
  });
});

test('who starts them and whether a snapshot comes first are two settings of any environment', () => {
  const changed = manifestsWith(({ environments: [production] }) => {
    production.migrations.startedBy = 'commit';
    delete production.migrations.snapshot;
    delete production.migrations.window;
  });
  const find = (path: string) => changed.find((each) => each.path === path);
  expect(
    find('argocd/applications/Application.production-migrations.yaml')?.spec.syncPolicy.automated,
  ).toBeDefined();
  expect(
    find('dist/production/migrations/Job.eren-migrations.yaml')?.spec.template.spec.initContainers,
  ).toBeUndefined();
});

describe('the snapshot, by a real shell and a CLI that writes down what it is asked', () => {
  const { initContainers } = one('production', 'Job', 'eren-migrations').spec.template.spec;
  const [, { command, args, env }] = initContainers;
  const variables = Object.fromEntries(env.map(({ name, value }: any) => [name, value]));
  const instance = settings.sites[0]?.database.instance as string;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** @param answers of the CLI, by the word after `aws rds`; `list` and `count` are both `describe-db-snapshots` */
  const run = (answers: Record<string, string>) => {
    const of = (word: string) => answers[word] ?? 'true';
    const cases = ['create-db-snapshot', 'delete-db-snapshot', 'wait'].map((word) => `${word}) ${of(word)};;`);
    const describe = `describe-db-snapshots) case "$*" in *length*) ${answers.count ?? 'echo 3'};; *) ${answers.list ?? 'echo \'""\''};; esac;;`;
    const script = `#!/bin/sh\necho "$*" >> ${folder}/asked\ncase "$2" in ${cases.join(' ')} ${describe} esac\n`;
    writeFileSync(join(folder, 'aws'), script);
    chmodSync(join(folder, 'aws'), 0o755);
    const [program, ...flags] = command;
    const { status, stdout } = spawnSync(program, [...flags, args[0].replaceAll('/run/migrations', folder)], {
      env: { ...variables, PATH: `${folder}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').split('\n') : [];
    return {
      status,
      said: stdout,
      asked,
      of: (word: string) => asked.filter((each) => each.startsWith(`rds ${word}`)),
    };
  };

  test('is made of the instance, by a name that RDS takes, and waited for', () => {
    const { status, of, said } = run({});
    const [create = ''] = of('create-db-snapshot');
    const [, name = ''] = /--db-snapshot-identifier (\S+)/.exec(create) ?? [];
    expect(status).toBe(0);
    expect(create).toContain(`--db-instance-identifier ${instance} `);
    expect(create).toContain('Key=purpose,Value=migration');
    expect(of('wait')).toEqual([`rds wait db-snapshot-available --db-snapshot-identifier ${name}`]);
    expect(name).toMatch(/^[a-z](?!.*--)[A-Za-z0-9-]{0,253}[A-Za-z0-9]$/);
    expect(name).toMatch(/-\d{14}$/);
    expect(said).toContain('manual snapshots in the region: 3 of 100');
    expect(said).not.toContain('warning');
  });

  test('is not made when nothing is pending', () => {
    writeFileSync(join(folder, 'nothing'), '');
    const { status, asked, said } = run({});
    expect({ status, asked }).toEqual({ status: 0, asked: [] });
    expect(said).toContain('nothing is pending: no snapshot');
  });

  test('comes after those beyond the last few are deleted, and says when the region is nearly full', () => {
    const { status, asked, of, said } = run({ list: `echo '"one two"'`, count: 'echo 80' });
    expect(status).toBe(0);
    expect(asked.findIndex((each) => each.includes('identifier two'))).toBeLessThan(
      asked.indexOf(of('create')[0] as string),
    );
    expect(of('delete').map((each) => each.split(' ')[3])).toEqual(['one', 'two']);
    expect(said).toContain('warning: near the quota');
  });

  test.each([
    ['old ones cannot be listed', { list: 'exit 254' }, 'warning: old snapshots cannot be listed'],
    [
      'one cannot be deleted',
      { list: `echo '"one"'`, 'delete-db-snapshot': 'exit 254' },
      'warning: one cannot be',
    ],
    ['they cannot be counted', { count: 'exit 254' }, 'in the region: unknown of 100'],
  ])('is made although %s, and says so', (_name, answers, told) => {
    const { status, of, said } = run(answers);
    expect({ status, made: of('create').length }).toEqual({ status: 0, made: 1 });
    expect(said).toContain(told);
  });

  test.each([
    ['cannot be made', { 'create-db-snapshot': 'exit 254' }, 0],
    ['never becomes available', { wait: 'exit 255' }, 1],
  ])('that %s keeps the migration from starting', (_name, answers, waits) => {
    const { status, of } = run(answers);
    expect(status).not.toBe(0);
    expect(of('wait')).toHaveLength(waits);
  });
});
