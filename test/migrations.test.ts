import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '../charts/environments/units';
import { manifestsWith } from './changed';
import { type Manifest, manifests, matches, ofKind, one, pods, settings } from './manifests';

const environments = settings.sites.map((site) => [site.environment.name, site] as const);
const wave = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);

describe.each(environments)('the migrations of %s', (name, { environment, images, database }) => {
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

  test("are those of web's image, and of the image that pods wait for", () => {
    expect(container.image).toBe(images.web.reference);
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
      migrations.snapshot ? ['snapshot'] : undefined,
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
    expect(record.data).toEqual({ image: container.image });
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

test('a new image of web is a change of an object that Argo CD compares, because of a hook alone nothing is due', () => {
  const hooks = manifests.filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/hook']);
  const offenders = hooks.filter((hook) => {
    const folder = hook.path.slice(0, hook.path.lastIndexOf('/'));
    const { image } = hook.spec.template.spec.containers[0];
    const images = [image, ...(hook.spec.template.spec.initContainers ?? []).map((each: any) => each.image)];
    const compared = manifests.filter((each) => each.path.startsWith(`${folder}/`) && !hooks.includes(each));
    return !compared.some((each) =>
      images.some((one) => one.includes('.ecr.') && JSON.stringify(each).includes(one)),
    );
  });
  expect(hooks.length).toBeGreaterThan(0);
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('who starts them and whether a snapshot comes first are two settings of any environment', () => {
  const changed = manifestsWith(({ environments: [production] }) => {
    production.migrations.startedBy = 'commit';
    delete production.migrations.snapshot;
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
  const [{ command, args }] = initContainers;
  const instance = settings.sites[0]?.database.instance as string;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (answer: string) => {
    writeFileSync(join(folder, 'aws'), `#!/bin/sh\necho "$*" >> ${join(folder, 'asked')}\n${answer}\n`);
    chmodSync(join(folder, 'aws'), 0o755);
    const [program, ...flags] = command;
    const { status } = spawnSync(program, [...flags, ...args], {
      env: { PATH: `${folder}:${process.env.PATH}` },
    });
    return { status, asked: readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n') };
  };

  test('is made of the instance, by a name that RDS takes, and waited for', () => {
    const { status, asked } = run('exit 0');
    const [, name = ''] = /--db-snapshot-identifier (\S+)/.exec(asked[0] ?? '') ?? [];
    expect(status).toBe(0);
    expect(asked[0]).toContain(`rds create-db-snapshot --db-instance-identifier ${instance} `);
    expect(asked[1]).toBe(`rds wait db-snapshot-available --db-snapshot-identifier ${name}`);
    expect(name).toMatch(/^[a-z](?!.*--)[A-Za-z0-9-]{0,253}[A-Za-z0-9]$/);
    expect(name).toMatch(/-\d{14}$/);
  });

  test.each([
    ['cannot be made', 'exit 254', 1],
    ['never becomes available', 'case "$2" in wait) exit 255;; esac', 2],
  ])('that %s keeps the migration from starting', (_name, answer, calls) => {
    const { status, asked } = run(answer);
    expect(status).not.toBe(0);
    expect(asked).toHaveLength(calls);
  });
});
