import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { manifestsWith } from '../support/changed';
import type { Manifest } from '../support/manifests';
import type { KubernetesObject } from './api';
import type { Cluster } from './cluster';
import { launch } from './control-plane';
import { given, startCluster } from './given';
import { startKeda } from './keda';
import { inOrder } from './manifests';
import { DatadogMetrics } from './played/datadog-metrics';
import { externalSecrets } from './played/external-secrets';
import { freePort } from './ports';
import { withAddOn } from './programs';
import { settings } from './settings';
import { until } from './waiting';

const scaling = { max: 2, latency: '30s', jobsPerProcess: 100 };
/** The staging of a commit that switches it on. */
const committed = manifestsWith(({ environments }) => {
  environments[1].sidekiq.scaling = scaling;
});
const folders = /^dist\/(staging\/(namespace|sidekiq|redis)|cluster\/classes)\//;
const objects = inOrder(
  committed
    .filter(({ path }) => folders.test(path))
    .map((object) => ({ path: object.path, object: bare(object) })),
).map(({ object }) => object);
const found = (kind: string, name: string) =>
  objects.find((each) => each.kind === kind && each.metadata.name === name) as KubernetesObject;
const scaled = found('ScaledObject', 'eren-sidekiq');
const keda = committed.find(
  ({ kind, metadata }) => kind === 'Application' && metadata.name === 'keda',
) as Manifest;
const { watchNamespace } = keda.spec.source.helm.valuesObject;
const [latency] = scaled.spec.triggers;
const secrets = { 'redis-password': 'played-password', site: settings.cluster.datadog.site };

let cluster: Cluster;
let datadog: DatadogMetrics;
let redis: Redis;
beforeAll(async () => {
  const programs = await withAddOn('keda', given().programs, (line) => process.stderr.write(`${line}\n`));
  cluster = await startCluster();
  const { api, processes } = cluster;
  datadog = cluster.add(await DatadogMetrics.start(secrets.site, processes.folder));
  redis = new Redis(cluster, datadog);
  await redis.start();
  await startKeda(cluster, programs, watchNamespace, {
    HTTPS_PROXY: datadog.proxy,
    SSL_CERT_FILE: datadog.certificate,
  });
  cluster.add(externalSecrets(api, { ...secrets, 'redis-ca.pem': readFileSync(datadog.certificate, 'utf8') }));
  await cluster.startNodes(settings.cluster, { app: 1 });
  await api.applyAll(objects.filter(({ kind, metadata }) => kind !== 'ScaledObject' && metadata.name !== 'redis'));
  await api.applyAll([led(scaled)]);
}, 2_400_000);
afterAll(() => cluster?.stop());
beforeEach(async () => {
  datadog.value = 0;
  redis.jobs({});
  await processes(1);
});

test('KEDA is ready to scale between the bounds of the settings', async () => {
  await until('the ScaledObject is ready', async () => isReady(await live('keda.sh/v1alpha1', 'ScaledObject')), {
    seconds: 60,
  });
  const { spec } = await live('autoscaling/v2', 'HorizontalPodAutoscaler', 'keda-hpa-eren-sidekiq');
  expect([spec.minReplicas, spec.maxReplicas]).toEqual([1, scaling.max]);
  expect(spec.metrics).toHaveLength(scaled.spec.triggers.length);
});

test('a queue with more jobs than one process is for starts a second one, and when they are done it goes', async () => {
  const [queue = ''] = Object.keys(settings.sites[1]?.environment.sidekiq.queues ?? {}).slice(-1);
  redis.jobs({ [queue]: scaling.jobsPerProcess * 1.5 });
  await processes(2);
  redis.jobs({});
  await processes(1);
});

test.each(Object.keys(settings.sites[1]?.environment.sidekiq.queues ?? {}))(
  'the queue %s is looked at',
  async (queue) => {
    redis.jobs({ [queue]: scaling.jobsPerProcess * 1.5 });
    await processes(2);
  },
);

test('so many jobs as one process is for start none', async () => {
  redis.jobs({ default: scaling.jobsPerProcess });
  await sleep(30_000);
  expect(await now()).toBe(1);
});

test('an oldest job that waits too long starts a second process, by the metric and the keys of the settings', async () => {
  datadog.value = 90;
  await processes(2);
  expect(datadog.questions.at(-1)).toEqual({
    query: latency.metadata.query,
    seconds: Number(latency.metadata.age),
    keys: { api: 'played-api-key', application: 'played-app-key' },
  });
  datadog.value = 0;
  await processes(1);
});

test('never more than the settings say', async () => {
  redis.jobs({ default: scaling.jobsPerProcess * 50 });
  datadog.value = 3600;
  await processes(2);
  await sleep(30_000);
  expect(await now()).toBe(2);
});

test('while Datadog says nothing, a long queue still starts a process, and none is taken away', async () => {
  datadog.value = null;
  redis.jobs({ default: scaling.jobsPerProcess * 1.5 });
  await processes(2);
  redis.jobs({});
  await sleep(75_000);
  expect(await now()).toBe(2);
  datadog.value = 0;
  await processes(1);
});

test('while Redis is away, a long wait still starts a process, and none is taken away', async () => {
  await redis.stop();
  datadog.value = 90;
  await processes(2);
  datadog.value = 0;
  await sleep(75_000);
  expect(await now()).toBe(2);
  await redis.start();
  await processes(1);
});

/** A real Redis with the committed configuration, but for its port and the places of its files. */
class Redis {
  private port = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly tls: { readonly certificate: string; readonly key: string },
  ) {}

  get address(): string {
    return `localhost:${this.port}`;
  }

  async start(): Promise<void> {
    const { processes } = this.cluster;
    const folder = join(processes.folder, 'redis');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'auth.conf'), `requirepass ${secrets['redis-password']}\n`, { mode: 0o600 });
    const committed: string = found('ConfigMap', 'redis').data['redis.conf'];
    await launch(processes, {
      program: async () => {
        this.port ||= await freePort();
        const own = committed
          .replace(/tls-port \d+/, `tls-port ${this.port}\nbind 127.0.0.1`)
          .replaceAll(/\S+\/(tls|ca)\.crt/g, this.tls.certificate)
          .replace(/\S+\/tls\.key/, this.tls.key)
          .replace(/^dir .*$/m, `dir ${folder}`)
          .replace(/\S+\/auth\.conf/, join(folder, 'auth.conf'));
        writeFileSync(join(folder, 'redis.conf'), own);
        return { name: 'sidekiq-redis', file: 'redis-server', args: [join(folder, 'redis.conf')] };
      },
      ready: async () => this.ask('ping') === 'PONG',
    });
  }

  stop(): Promise<void> {
    return this.cluster.processes.stop('sidekiq-redis');
  }

  /** So many jobs wait in each queue, and none in another. */
  jobs(waiting: Readonly<Record<string, number>>): void {
    this.ask('flushall');
    for (const [queue, count] of Object.entries(waiting))
      this.ask(
        'eval',
        'for i = 1, ARGV[1] do redis.call("lpush", KEYS[1], "{}") end',
        '1',
        `queue:${queue}`,
        String(count),
      );
  }

  private ask(...command: string[]): string {
    const args = [
      '--tls',
      '--cacert',
      this.tls.certificate,
      '-h',
      'localhost',
      '-p',
      String(this.port),
      ...command,
    ];
    const env = { ...process.env, REDISCLI_AUTH: secrets['redis-password'] };
    return execFileSync('redis-cli', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }
}

/** At the address of this Redis, and down after 20 s instead of five minutes. */
function led(object: KubernetesObject): KubernetesObject {
  const triggers = object.spec.triggers.map((trigger: any) =>
    trigger.type === 'redis' ? { ...trigger, metadata: { ...trigger.metadata, address: redis.address } } : trigger,
  );
  const behavior = { scaleDown: { stabilizationWindowSeconds: 20 } };
  return {
    ...object,
    spec: { ...object.spec, triggers, advanced: { horizontalPodAutoscalerConfig: { behavior } } },
  };
}

/** Without where it stands. */
function bare({ path: _path, ...object }: { path: string } & KubernetesObject): KubernetesObject {
  return object;
}

function live(apiVersion: string, kind: string, name = 'eren-sidekiq'): Promise<any> {
  return cluster.api.get(apiVersion, kind, name, scaled.metadata.namespace);
}

async function now(): Promise<number> {
  return (await live('apps/v1', 'Deployment')).spec.replicas;
}

/** Waits until there are so many, and they are ready: the autoscaler counts no others. */
async function processes(count: number): Promise<void> {
  let seen: unknown;
  await until(
    `${count} processes`,
    async () => {
      const { spec, status } = await live('apps/v1', 'Deployment');
      const { conditions } =
        (await live('autoscaling/v2', 'HorizontalPodAutoscaler', 'keda-hpa-eren-sidekiq'))?.status ?? {};
      seen = { replicas: spec.replicas, ready: status.readyReplicas, conditions };
      return spec.replicas === count && status.readyReplicas === count;
    },
    { seconds: 180, every: 1, seen: () => seen },
  );
}

function isReady(object: any): boolean {
  return (
    object?.status?.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True') ?? false
  );
}
