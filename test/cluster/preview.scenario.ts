import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mebibytes } from '../../charts/environments/units';
import type { KubernetesObject } from './api';
import { type Delivery, stateOf } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { awaitPreview } from './pipeline';
import { Recipients } from './played/recipients';
import { settings } from './settings';
import { lines, verify } from './verify/command';
import { until } from './waiting';
import { differing, whole } from './whole';

/** What pull requests build has a repository of its own. */
const built = (number: number) => image(number).replace('/e-ren:', '/e-ren-preview:');
const most = settings.cluster.preview?.most ?? 0;
const numbers = Array.from({ length: 10 }, (_, i) => String(21 + i));

let delivery: Delivery;
let recipients: Recipients;
let before: Record<string, unknown>;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()], 400);
  recipients = delivery.cluster.add(await Recipients.start());
  await delivery.argoCd.startNotifications(recipients.address);
  before = await whole(delivery);
});
afterAll(() => delivery?.stop());

/** One command, as the pipeline runs it: exit code and what it said. */
async function preview(...words: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const said = await delivery.repository
    .npm('commands/preview.ts', ...words, '--push')
    .catch((error: Error) => error.message);
  const refused = /previews are open, which is preview\.most/.test(said);
  return { code: refused ? 3 : / pushed |pushed {4}/.test(said) ? 0 : 1, said };
}

/** The commit that a command has pushed is here too, and Argo CD is told of it. */
async function pushed(): Promise<void> {
  await delivery.repository.git('pull', '--quiet', '--ff-only');
  await delivery.refresh();
}

async function opened(number: string, reference: string): Promise<void> {
  expect(await preview('open', number, reference)).toMatchObject({ code: 0 });
  await pushed();
}

const object = (kind: string, name: string, number = '12', apiVersion = 'apps/v1') =>
  delivery.api.get(apiVersion, kind, name, `preview-${number}`);
const podsOf = (namespace: string) => delivery.api.list('v1', 'Pod', namespace);
const isReady = ({ status }: any) =>
  status.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True') ?? false;

test('one that is opened is healthy in under a minute after the push, and its commit says so', async () => {
  await opened('12', built(1));
  const begin = performance.now();
  await delivery.settled(['preview-12'], 120);
  const seconds = (performance.now() - begin) / 1000;
  console.log(`healthy ${seconds.toFixed(1)} s after the push`);
  expect(seconds).toBeLessThan(60);

  expect(await awaitPreview(delivery, '12', built(1))).toMatchObject({ code: 0 });
  const web = await object('Deployment', 'eren-web');
  expect(web.status.availableReplicas).toBe(1);
  const job = await object('Job', 'eren-migrations', '12', 'batch/v1');
  expect(job.status.succeeded).toBe(1);
  const [pod] = (await podsOf('preview-12')).filter(({ metadata }) => /^eren-web-/.test(metadata.name));
  expect(Date.parse(pod.metadata.creationTimestamp)).toBeGreaterThanOrEqual(Date.parse(job.status.completionTime));
  const ingress = await delivery.api.get('networking.k8s.io/v1', 'Ingress', 'eren-ingress', 'preview-12');
  await until(
    'the load balancer sends its requests there',
    async () =>
      Object.values(await delivery.loadBalancer.live(ingress)).some(({ targets }) => targets.length === 1),
    { seconds: 30, seen: () => delivery.cluster.explain() },
  );
  const head = await delivery.repository.head();
  await until(
    'GitHub is told',
    async () =>
      recipients.notices.some(
        ({ to, path, says }) =>
          to === 'github' &&
          path.endsWith(`/${head}`) &&
          says.context === 'argocd/preview-12' &&
          says.state === 'success',
      ),
    { seconds: 60, seen: () => recipients.notices.slice(-5) },
  );
  const told = recipients.notices.filter(
    ({ to, says }) => to !== 'github' && /preview-12/.test(JSON.stringify(says)),
  );
  expect(told).toEqual([]);
});

test('its namespace takes no more than its quota', async () => {
  const pod = (cpu: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'more', namespace: 'preview-12' },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'more',
          image: built(1),
          resources: { requests: { cpu, memory: '16Mi' }, limits: { memory: '16Mi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  });
  const { status, body } = await delivery.api.apply(pod('2'), { dryRun: true });
  expect([status, body.message]).toEqual([403, expect.stringContaining('exceeded quota')]);
  expect((await delivery.api.apply(pod('1m'), { dryRun: true })).status).toBeLessThan(300);
});

test('status and verify know it, and find nothing that differs from git', async () => {
  const { kubeconfig } = delivery.cluster;
  const { tree } = delivery.repository;
  const { report, stderr } = await verify(tree, kubeconfig, 'preview-12', '--only', 'accepted,drift,healthy');
  expect(stderr).toBe('');
  expect(lines(report?.findings, 'mismatch', 'unanswered')).toEqual([]);
  const args = ['commands/run.mjs', 'commands/status.ts', '--kubeconfig', kubeconfig];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tree });
  expect(stdout).toMatch(/preview 12\n {2}\S+ +since .*\n {2}1 Applications? Synced and Healthy/);
});

test('the second commit of its pull request replaces it, and its data and secrets stay', async () => {
  const kept = async () =>
    [
      await object('PersistentVolumeClaim', 'postgres', '12', 'v1'),
      ...(await delivery.api.list('v1', 'PersistentVolumeClaim', 'preview-12')),
      await object('Secret', 'generated', '12', 'v1'),
    ].map((each) => each?.metadata.uid);
  const [data, old] = [await kept(), await podsOf('preview-12')];
  await opened('12', built(2));
  await delivery.settled(['preview-12'], 120);
  expect(await awaitPreview(delivery, '12', built(2))).toMatchObject({ code: 0 });
  const web = await object('Deployment', 'eren-web');
  expect(web.spec.template.spec.containers.map((each: any) => each.image)).toContain(built(2));
  expect((await object('Job', 'eren-migrations', '12', 'batch/v1')).spec.template.spec.containers[0].image).toBe(
    built(2),
  );
  expect(await kept()).toEqual(data);
  await until(
    'no pod has the image before',
    async () =>
      !(await podsOf('preview-12')).some(({ spec }) =>
        spec.containers.some((each: any) => each.image === built(1)),
      ),
    { seconds: 60 },
  );
  const databases = (all: any[]) =>
    all.filter(({ metadata }) => /^(postgres|redis)-0$/.test(metadata.name)).map(({ metadata }) => metadata.uid);
  expect(databases(await podsOf('preview-12'))).toEqual(databases(old));
});

test('close leaves the cluster and its load balancers as they were, object by object', async () => {
  expect(Object.keys(before).length).toBeGreaterThan(400);
  expect(differing(before, await whole(delivery)).length).toBeGreaterThan(30);
  await closed('12');
  let left: string[] = [];
  await until(
    'nothing differs from before',
    async () => {
      left = differing(before, await whole(delivery));
      return left.length === 0;
    },
    { seconds: 120, every: 2, seen: () => left.slice(0, 20) },
  );
});

test('of ten at once as many are opened as there may be, and each other one is told of the oldest', async () => {
  const all = await Promise.all(numbers.map((number) => preview('open', number, built(3), '--attempts', '30')));
  await pushed();
  expect(all.map(({ code }) => code).sort()).toEqual([...Array(most).fill(0), ...Array(10 - most).fill(3)]);
  const open = numbers.filter((_, i) => all[i]?.code === 0);
  for (const { said } of all.filter(({ code }) => code === 3))
    expect(said).toMatch(new RegExp(`${most} previews are open, .*the oldest is (${open.join('|')}), opened`));
  await delivery.settled(open.map((number) => `preview-${number}`));
});

test('more than the nodes hold wait, and nobody makes room for them; they give way to production', async () => {
  const { api, repository } = delivery;
  const names = async () => {
    const there = (await delivery.applications()).map(({ metadata }) => metadata.name);
    return there.filter((name) => /^preview-\d+$/.test(name));
  };
  const held = await names();
  const fill = await full();
  const others = async () =>
    (await api.list('v1', 'Pod'))
      .filter(({ metadata }) => ['production', 'staging', ...held].includes(metadata.namespace))
      .filter(({ metadata }) => !/Job|CronJob/.test(metadata.ownerReferences?.[0].kind))
      .map(({ metadata, spec }) => `${metadata.namespace}/${metadata.name} on ${spec.nodeName}`)
      .sort();
  const placed = await others();

  repository.edit('charts/environments/preview.ts', new RegExp(`most: ${most},`), 'most: 10,');
  await repository.npm('charts/main.ts');
  await repository.push('let ten previews be open');
  for (const number of numbers.filter((each) => !held.includes(`preview-${each}`))) await opened(number, built(3));
  const waiting: any[] = [];
  await until(
    'most of the others wait',
    async () => {
      const pods = await api.list('v1', 'Pod');
      const later = pods.filter(
        ({ metadata: { namespace } }) => /^preview-/.test(namespace) && !held.includes(namespace),
      );
      waiting.splice(0, waiting.length, ...later.filter(({ spec }) => !spec.nodeName));
      // Jobs that end leave gaps: one or two of the others have their place there.
      return new Set(waiting.map(({ metadata }) => metadata.namespace)).size >= 8 - most;
    },
    { seconds: 240, seen: () => waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) },
  );
  await until(
    'it says why',
    async () => {
      const pods = (await api.list('v1', 'Pod')).filter(({ spec }) => !spec.nodeName);
      const why = pods.map(
        ({ status }) => status.conditions?.find(({ type }: any) => type === 'PodScheduled')?.message,
      );
      return why.length > 0 && why.every((text) => /Insufficient memory/.test(text ?? ''));
    },
    { seconds: 60 },
  );
  expect(await others()).toEqual(placed);

  const { replicas } = (await delivery.rollout('production')).spec;
  delivery.usage.share = 0.95;
  const production = async () =>
    (await podsOf('production')).filter(
      (pod) => pod.metadata.labels['app.kubernetes.io/component'] === 'web' && isReady(pod),
    ).length;
  let seen = 0;
  await until(
    'production has more pods, in the place of previews',
    async () => {
      seen = await production();
      return seen > replicas;
    },
    {
      seconds: 180,
      seen: () => `${seen} of more than ${replicas}`,
    },
  );
  const staying = await others();
  expect(placed.filter((each) => /^production\//.test(each) && !staying.includes(each))).toEqual([]);

  delivery.usage.share = 0.5;
  for (const pod of fill)
    await api.request('DELETE', `/api/v1/namespaces/default/pods/${pod}?gracePeriodSeconds=0`);
  await delivery.settled(
    numbers.map((number) => `preview-${number}`),
    300,
  );
});

test('all are closed by one command, and nothing of them stays', async () => {
  await closed(...numbers);
  const namespaces = await delivery.api.list('v1', 'Namespace');
  expect(namespaces.map(({ metadata }) => metadata.name).filter((name) => /^preview-/.test(name))).toEqual([]);
  await until(
    'no volume is left',
    async () =>
      (await delivery.api.list('v1', 'PersistentVolume')).every(
        ({ spec }) => !/^preview-/.test(spec.claimRef.namespace),
      ),
    { seconds: 60 },
  );
});

async function closed(...all: string[]): Promise<void> {
  expect(await preview('close', ...all)).toMatchObject({ code: 0 });
  await pushed();
  const names = all.map((number) => `preview-${number}`);
  let left: string[] = [];
  await until(
    'Applications and namespaces are gone',
    async () => {
      const applications = await Promise.all(names.map((name) => delivery.application(name)));
      const namespaces = await Promise.all(names.map((name) => delivery.api.get('v1', 'Namespace', name)));
      left = [
        ...applications.filter(Boolean).map((each) => `${each.metadata.name} ${stateOf(each)}`),
        ...namespaces.filter(Boolean).map((each) => `namespace ${JSON.stringify(each.status)}`),
      ];
      return left.length === 0;
    },
    { seconds: 240, seen: () => left },
  );
}

/** Takes all memory of the nodes that is left. @returns the names of the pods that do */
async function full(): Promise<string[]> {
  const { api } = delivery;
  const pods = (await api.list('v1', 'Pod')).filter(({ status }) => !/Succeeded|Failed/.test(status.phase));
  const fill: KubernetesObject[] = [];
  for (const { metadata, status } of await api.list('v1', 'Node')) {
    const own = pods.filter(({ spec }) => spec.nodeName === metadata.name);
    const used = own.reduce((sum, { spec }) => sum + requested(spec), 0);
    const memory = `${Math.floor(mebibytes(status.allocatable.memory) - used)}Mi`;
    const container = { name: 'full', image: 'played/full:1', resources: { requests: { memory } } };
    fill.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `full-${metadata.name}`, namespace: 'default' },
      spec: { nodeName: metadata.name, containers: [container] },
    });
  }
  await api.applyAll(fill, { manager: 'harness' });
  return fill.map(({ metadata }) => metadata.name);
}

/** MiB that a pod asks for, as the scheduler counts: sidecars beside the others, and no less than what starts first. */
function requested({ containers, initContainers = [] }: any): number {
  const of = (each: any) => mebibytes(each.resources?.requests?.memory ?? '0Mi');
  const sum = (all: any[]) => all.reduce((total, each) => total + of(each), 0);
  const sidecars = initContainers.filter(({ restartPolicy }: any) => restartPolicy === 'Always');
  const first = initContainers.filter((each: any) => !sidecars.includes(each)).map(of);
  return Math.max(sum(containers) + sum(sidecars), sum(sidecars) + Math.max(0, ...first));
}
