import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '../../charts/environments/units';
import { manifestsWith } from '../support/changed';
import { type Manifest, manifests, matches, ofKind, one, ownFiles, settings } from '../support/manifests';
import { onSpot } from '../support/spot-group';
import { parseFormula } from './monitors/datadog-query';

const environments = settings.sites.map((site) => [site.environment.name, site] as const);

const app = (deployment: Manifest) => deployment.spec.template.spec.containers[0];
const valuesOf = (container: any): Record<string, string> =>
  Object.fromEntries(container.env.map((each: any) => [each.name, each.value]));

describe.each(environments)('the Sidekiq of %s', (name, { environment, images, database, redis, buckets }) => {
  const { sidekiq } = environment;
  const deployment = one(name, 'Deployment', 'eren-sidekiq');
  const template = deployment.spec.template.spec;
  const container = app(deployment);
  const env = valuesOf(container);
  const argument = (flag: string) => container.command[container.command.indexOf(flag) + 1];

  test('is Sidekiq itself and no shell, with the concurrency and weighted queues of the settings', () => {
    expect(container.command.slice(0, 5)).toEqual(['bundle', 'exec', 'sidekiq', '-C', 'config/sidekiq.yml']);
    expect([argument('-c'), env.RAILS_MAX_THREADS]).toEqual(Array(2).fill(String(sidekiq.concurrency)));
    const queues = container.command.filter((_: string, i: number) => container.command[i - 1] === '-q');
    expect(queues).toEqual(Object.entries(sidekiq.queues).map(([queue, weight]) => `${queue},${weight}`));
  });

  test('is told to begin no job, then to end, and is not killed before its jobs had their time', () => {
    const [, , told] = container.lifecycle.preStop.exec.command;
    const quiet = Number(/^kill -TSTP 1 && sleep (\d+)$/.exec(told)?.[1]);
    expect(quiet).toBe(seconds(sidekiq.quiet));
    expect(quiet + Number(argument('-t'))).toBeLessThan(template.terminationGracePeriodSeconds);
  });

  test('never runs one process more than the settings say', () => {
    expect(deployment.spec.replicas).toBe(sidekiq.replicas);
    expect(deployment.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('runs its own promoted image, told apart by its version, after the migrations of that image', () => {
    const { labels } = deployment.spec.template.metadata;
    expect(container.image).toBe(images.sidekiq?.reference);
    expect([env.SENTRY_RELEASE, env.DD_VERSION, labels['tags.datadoghq.com/version']]).toEqual(
      Array(3).fill(images.sidekiq?.tag),
    );
    expect([env.DD_SERVICE, labels['tags.datadoghq.com/service']]).toEqual(Array(2).fill('eren-sidekiq'));
    expect(template.initContainers.map((each: any) => [each.name, each.restartPolicy])).toEqual([
      ['pgbouncer', 'Always'],
      ['pending-migrations', undefined],
    ]);
    expect(template.initContainers[1].image).toBe(container.image);
  });

  test('has a pool of its own size', () => {
    const { 'pgbouncer.ini': ini } = ownFiles(deployment.spec.template, 'pgbouncer');
    expect(ini).toContain(`default_pool_size = ${environment.pgbouncer.sidekiqPool}\n`);
  });

  test('keeps its heartbeat where it may write, and forgets that of the process before', () => {
    const file = env.SIDEKIQ_HEARTBEAT_FILE as string;
    const mount = container.volumeMounts.find((each: any) => file.startsWith(`${each.mountPath}/`));
    expect(template.volumes.find((each: any) => each.name === mount.name).emptyDir).toBeDefined();
    expect(mount.readOnly).toBeUndefined();
    expect(container.lifecycle.postStart.exec.command).toEqual(['rm', '-f', file]);
  });

  test('mails by SES with STARTTLS, and no other pod knows how', () => {
    expect([env.SMTP_ADDRESS, env.SMTP_PORT]).toEqual(['email-smtp.us-east-1.amazonaws.com', '587']);
    const opened = ofKind('NetworkPolicy').filter(
      ({ path, spec }) =>
        path.startsWith(`dist/${name}/`) &&
        spec.egress?.some((rule: any) => rule.ports.some(({ port }: any) => port === 587)),
    );
    expect(opened.map(({ metadata }) => metadata.name)).toEqual(['eren-sidekiq']);
    const knowing = ofKind('ExternalSecret').filter(
      ({ path, spec }) =>
        path.startsWith(`dist/${name}/`) &&
        spec.data.some(({ remoteRef }: any) => remoteRef.property.startsWith('smtp_')),
    );
    expect(knowing.map(({ metadata }) => metadata.name)).toEqual(['eren-sidekiq']);
  });

  test('reaches what it needs, and is reached by the agent alone', () => {
    const { spec } = one(name, 'NetworkPolicy', 'eren-sidekiq');
    const ports = (rules: any[]) => rules.flatMap((rule) => rule.ports.map(({ port }: any) => port));
    const pool = template.initContainers[0].ports[0].containerPort;
    expect(ports(spec.ingress)).toEqual([pool]);
    expect(ports(spec.egress).sort()).toEqual(
      [database.port, redis.port, 8126, 8125, 443, 587, ...(buckets ? [80] : [])].sort(),
    );
    expect(spec.podSelector).toEqual(deployment.spec.selector);
  });

  test('is selected by no Service, and can be drained one pod at a time', () => {
    const { labels } = deployment.spec.template.metadata;
    const services = ofKind('Service').filter(({ path }) => path.startsWith(`dist/${name}/`));
    expect(services.length).toBeGreaterThan(0);
    expect(services.filter(({ spec }) => matches(spec.selector, labels))).toEqual([]);
    const budget = one(name, 'PodDisruptionBudget', 'eren-sidekiq');
    expect(budget.spec.selector).toEqual(deployment.spec.selector);
  });

  test('is restarted for a rotated secret of its environment', () => {
    const reload = deployment.metadata.annotations?.['secret.reloader.stakater.com/reload']?.split(',');
    const read = new Set(container.env.flatMap((each: any) => each.valueFrom?.secretKeyRef?.name ?? []));
    expect(reload).toEqual([...read]);
  });

  test('runs anywhere and is scaled by nobody, unless the settings say so', () => {
    expect([template.nodeSelector, template.tolerations]).toEqual([undefined, undefined]);
    expect(manifests.filter(({ apiVersion }) => apiVersion.startsWith('keda.sh/'))).toEqual([]);
  });
});

describe('the heartbeat probe, by a real shell and find', () => {
  const { exec } = app(one('production', 'Deployment', 'eren-sidekiq')).livenessProbe;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heartbeat-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const alive = (age: number | undefined) => {
    const file = join(folder, 'heartbeat');
    const touched = Date.now() / 1000 - (age ?? 0);
    if (age !== undefined) writeFileSync(file, '');
    if (age !== undefined) utimesSync(file, touched, touched);
    const [program, ...args] = exec.command;
    return spawnSync(program, args, { env: { ...process.env, SIDEKIQ_HEARTBEAT_FILE: file } }).status === 0;
  };

  test.each([
    ['a beat of this moment', 0, true],
    ['a beat of half a minute ago', 30, true],
    ['a beat of over a minute ago', 65, false],
    ['no beat yet', undefined, false],
  ])('%s', (_name, age, expected) => {
    expect(alive(age)).toBe(expected);
  });
});

describe('with scaling by queue latency', () => {
  const changed = manifestsWith(({ environments: all }) => {
    all[1].sidekiq.scaling = { max: 2, latency: '30s', jobsPerProcess: 100 };
  });
  const find = (kind: string, name: string) =>
    changed.find(
      (each) => each.kind === kind && each.metadata.name === name && /^(dist\/staging|argocd)\//.test(each.path),
    ) as Manifest;
  const staging = settings.sites[1];
  const scaled = find('ScaledObject', 'eren-sidekiq');
  const [latency, ...lengths] = scaled.spec.triggers;
  /** What a trigger logs in with: parameter to the value that the Secret has for it. */
  const login = (trigger: any) =>
    Object.fromEntries(
      find('TriggerAuthentication', trigger.authenticationRef.name).spec.secretTargetRef.map(
        ({ parameter, name, key }: any) => [
          parameter,
          find('ExternalSecret', name).spec.target.template.data[key],
        ],
      ),
    );

  test('KEDA owns the replicas, within the bounds of the settings', () => {
    const deployment = find('Deployment', scaled.spec.scaleTargetRef.name);
    expect(deployment.spec.replicas).toBeUndefined();
    expect([scaled.spec.minReplicaCount, scaled.spec.maxReplicaCount]).toEqual([1, 2]);
    expect(find('Application', 'staging-sidekiq').spec.ignoreDifferences).toEqual([
      { group: 'apps', kind: 'Deployment', name: 'eren-sidekiq', jsonPointers: ['/spec/replicas'] },
    ]);
  });

  test('the wait of the oldest job is what the app sends, and is not divided by the processes there are', () => {
    const { type, metricType, metadata } = latency;
    expect([type, metricType, metadata.queryValue]).toEqual(['datadog', 'Value', '30']);
    const [metric] = parseFormula(metadata.query);
    expect(metric).toMatchObject({ name: 'eren.sidekiq.queue.latency', space: 'max', scope: ['env'], by: [] });
    expect(metadata.query).toContain('{env:staging}');
    // Else a metric that is sent every half minute could be missed.
    expect(Number(metadata.age)).toBeGreaterThan(60);
    expect(login(latency)).toEqual({
      apiKey: '{{ .api_key | trim }}',
      appKey: '{{ .app_key | trim }}',
      datadogSite: settings.cluster.datadog.site,
    });
  });

  test('every queue is counted in Redis, over TLS', () => {
    expect(lengths.map(({ metadata }: any) => metadata.listName)).toEqual(
      Object.keys(staging?.environment.sidekiq.queues ?? {}).map((queue) => `queue:${queue}`),
    );
    for (const trigger of lengths) {
      expect([trigger.type, trigger.metadata.enableTLS]).toEqual(['redis', 'true']);
      expect(trigger.metadata.address).toBe(`${staging?.redis.host}:${staging?.redis.port}`);
      expect(login(trigger)).toEqual({ password: '{{ .redis_password | trim }}', ca: '{{ .redis_ca | trim }}\n' });
    }
  });

  test('KEDA logs in by a Secret of its own, and that of the app is as it was', () => {
    const names = changed
      .filter(({ kind }) => kind === 'TriggerAuthentication')
      .flatMap(({ spec }) => spec.secretTargetRef.map(({ name }: any) => name));
    expect([...new Set(names)]).toEqual(['eren-sidekiq-scaling']);
    expect(find('ExternalSecret', 'eren-sidekiq')).toEqual(one('staging', 'ExternalSecret', 'eren-sidekiq'));
    const mounted = changed.filter(
      ({ kind, spec }) => kind === 'Deployment' && JSON.stringify(spec).includes('eren-sidekiq-scaling'),
    );
    expect(mounted).toEqual([]);
  });

  test("the project of the environment admits the kinds that KEDA's objects are of", () => {
    const kinds = find('AppProject', 'staging').spec.namespaceResourceWhitelist;
    for (const kind of ['ScaledObject', 'TriggerAuthentication'])
      expect(kinds).toContainEqual({ group: 'keda.sh', kind });
  });

  test("Redis lets KEDA's operator in, and only then", () => {
    const admitted = ({ spec }: Manifest) =>
      spec.ingress[0].from.flatMap((peer: any) => peer.namespaceSelector ?? []);
    expect(admitted(find('NetworkPolicy', 'redis'))).toEqual([
      { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } },
    ]);
    expect(admitted(one('staging', 'NetworkPolicy', 'redis'))).toEqual([]);
  });

  test('the other environment is as it was', () => {
    const production = (of: Manifest[]) => of.filter(({ path }) => path.startsWith('dist/production/'));
    expect(production(changed)).toEqual(production(manifests));
  });
});

test('with Spot Sidekiq runs on nodes of that capacity only, and web does not', () => {
  const changed = manifestsWith(onSpot);
  const capacity = 'eks.amazonaws.com/capacityType';
  const placed = changed.filter(
    ({ spec }) => spec?.template?.spec?.nodeSelector || spec?.template?.spec?.tolerations,
  );
  const mine = placed.filter(({ path }) => path.startsWith('dist/production/'));
  expect(mine.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Deployment eren-sidekiq']);
  expect(mine[0]?.spec.template.spec.nodeSelector).toEqual({ [capacity]: 'SPOT' });
  expect(mine[0]?.spec.template.spec.tolerations).toEqual([
    { key: 'workload', operator: 'Equal', value: 'spot', effect: 'NoSchedule' },
  ]);
});
