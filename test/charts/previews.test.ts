import { load } from 'js-yaml';
import { chartFolders } from '../../charts/app';
import { render } from '../../charts/output';
import { loadSettings, SettingsError } from '../../charts/settings';
import { takes } from '../../review/model/projects';
import { filesOf, previewImage, withPreviews } from '../support/preview';
import { root } from '../support/root';
import type { Manifest } from '../support/synthesized';

const settings = loadSettings(root, withPreviews(), { files: filesOf(12) });
const all = objectsOf(settings);
const own = all.filter(({ path }) => path.startsWith('dist/preview-12/'));
const one = (kind: string, name: string, among = own) =>
  among.find((each) => each.kind === kind && each.metadata.name === name) as Manifest;

function objectsOf(given: typeof settings): Manifest[] {
  return [...render(chartFolders(given))].map(([path, text]) => ({ ...(load(text) as Manifest), path }));
}

const waveOf = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);

test('without a preview nothing differs but what the cluster has once', () => {
  const paths = (of: readonly Manifest[]) => of.map(({ path }) => path);
  const none = objectsOf(loadSettings(root, withPreviews()));
  const others = all.filter((each) => !own.includes(each));
  expect(paths(others).filter((path) => !paths(none).includes(path))).toEqual([
    'argocd/applications/Application.preview-12.yaml',
  ]);
  expect(others.filter(({ path }) => paths(none).includes(path))).toEqual(none);
});

test('all of it is in one namespace, which is its own and goes with it', () => {
  const elsewhere = own.filter(
    ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'preview-12',
  );
  expect(elsewhere.map(({ path }) => path)).toEqual([]);
  expect(one('Namespace', 'preview-12').metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
  const kept = own.filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-options']);
  expect(kept.map(({ path }) => path)).toEqual([]);
  const claims = own.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  // Volumes of the other name are backed up.
  expect(claims).not.toContain('postgres-data');
  expect(claims).toHaveLength(2);
});

test('one Application brings all of it, and the project of all previews allows every object and nothing of others', () => {
  const applications = all.filter(({ kind, metadata }) => kind === 'Application' && /preview/.test(metadata.name));
  expect(applications.map(({ spec }) => [spec.project, spec.source.path, spec.source.directory])).toEqual([
    ['preview', 'dist/preview-12', { recurse: true }],
  ]);
  const project = one('AppProject', 'preview', all).spec;
  const asked = ({ apiVersion, kind, metadata }: Manifest) =>
    takes(project, {
      group: apiVersion.includes('/') ? apiVersion.split('/')[0] : '',
      kind,
      name: metadata.name,
      namespaced: kind !== 'Namespace',
    });
  expect(own.filter((each) => !asked(each)).map(({ path }) => path)).toEqual([]);
  expect(asked({ ...one('Namespace', 'preview-12'), metadata: { name: 'staging' } })).toBe(false);
  expect(project.destinations.map(({ namespace }: any) => namespace)).toEqual(['preview-*']);
});

test('every secret is made there, once, and none is read of Secrets Manager', () => {
  const generated = one('ExternalSecret', 'generated');
  const { secretKeys } = one('Password', 'generated').spec;
  expect(generated.spec).toMatchObject({
    refreshPolicy: 'CreatedOnce',
    target: { template: { mergePolicy: 'Merge' } },
  });
  const { data, templateFrom } = generated.spec.target.template;
  const made = [
    ...secretKeys,
    ...Object.keys(data),
    ...templateFrom.flatMap(({ literal }: any) => [...literal.matchAll(/^([\w.-]+): /gm)].map(([, key]) => key)),
  ];
  const read = own.filter((each) => each.kind === 'ExternalSecret' && each !== generated);
  expect(read.length).toBeGreaterThan(5);
  for (const { spec } of read) {
    expect(spec.secretStoreRef).toEqual({ kind: 'SecretStore', name: 'generated' });
    for (const { remoteRef } of spec.data) {
      expect(remoteRef.key).toBe('generated');
      expect(made).toContain(remoteRef.property);
    }
  }
  expect(one('SecretStore', 'generated').spec.provider).toEqual({
    kubernetes: expect.objectContaining({ remoteNamespace: 'preview-12' }),
  });
  const rules = own.filter(({ kind }) => kind === 'Role').flatMap(({ rules }) => rules as any[]);
  expect(rules.every(({ resourceNames }) => resourceNames?.length === 1)).toBe(true);
});

test('it reaches its own pods and names, is reached by the load balancer, and sends no mail, error or trace', () => {
  const policies = own.filter(({ kind }) => kind === 'NetworkPolicy');
  const to = policies.flatMap(({ spec }) => spec.egress ?? []).flatMap(({ to }: any) => to);
  const outside = to.filter(({ ipBlock, namespaceSelector }: any) => ipBlock || namespaceSelector);
  expect(outside.map(({ namespaceSelector }: any) => namespaceSelector?.matchLabels)).toEqual([
    { 'kubernetes.io/metadata.name': 'kube-system' },
  ]);
  expect(one('NetworkPolicy', 'default-deny').spec.policyTypes).toEqual(['Ingress', 'Egress']);
  for (const name of ['eren-web', 'eren-sidekiq']) {
    const pod = one('Deployment', name).spec.template;
    const env = Object.fromEntries(pod.spec.containers[0].env.map(({ name, value }: any) => [name, value]));
    expect(env).toMatchObject({ MAIL_DELIVERIES: 'off', DD_TRACE_ENABLED: 'false', DD_ENV: 'preview-12' });
    expect(Object.keys(env).filter((key) => /SMTP|SENTRY_DSN|MAPS/.test(key))).toEqual([]);
    expect(Object.keys(pod.metadata.annotations).filter((key) => key.startsWith('ad.datadoghq.com'))).toEqual([]);
  }
});

test('one pod of each, without a canary, below staging', () => {
  const workloads = own.filter(({ spec }) => spec?.template?.spec?.containers);
  expect(workloads.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
    'Deployment/eren-sidekiq',
    'Deployment/eren-web',
    'Job/eren-migrations',
    'StatefulSet/postgres',
    'StatefulSet/redis',
  ]);
  expect(workloads.map(({ spec }) => spec.replicas ?? 1)).toEqual([1, 1, 1, 1, 1]);
  expect(workloads.every(({ spec }) => spec.template.spec.priorityClassName === 'preview')).toBe(true);
  const values = Object.fromEntries(
    all.filter(({ kind }) => kind === 'PriorityClass').map((each) => [each.metadata.name, each.value as number]),
  );
  expect(values.preview).toBeLessThan(values.staging as number);
  expect(one('PriorityClass', 'preview', all).preemptionPolicy).toBe('Never');
  const images = workloads.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }: any) => image));
  expect(images.filter((image) => image === previewImage)).toHaveLength(3);
});

test('the secrets come first, the database with its migrations and seeds, and only then what needs both', () => {
  const job = one('Job', 'eren-migrations');
  const steps = [
    one('ExternalSecret', 'generated'),
    one('Ingress', 'eren-ingress'),
    one('StatefulSet', 'postgres'),
  ];
  expect([...steps, one('Deployment', 'eren-web')].map(waveOf)).toEqual([-2, 0, 1, 2]);
  // In the wave of the database: in one before it would wait for what is not there.
  expect(waveOf(job)).toBe(1);
  const { initContainers, containers } = job.spec.template.spec;
  const commands = [...initContainers, ...containers].map(({ name, command }: any) => [name, command.at(-1)]);
  expect(commands).toEqual([
    ['database', '5432'],
    ['migrate', 'db:migrate'],
    ['seed', 'db:seed'],
  ]);
});

test('its host is below the wildcard, and only the named addresses meet its rule', () => {
  const { metadata, spec } = one('Ingress', 'eren-ingress');
  expect(spec.rules.map(({ host }: any) => host)).toEqual(['pr-12.preview.eren.washu.edu']);
  const condition = metadata.annotations?.['alb.ingress.kubernetes.io/conditions.eren-web'];
  expect(JSON.parse(condition ?? '')).toEqual([
    { field: 'source-ip', sourceIpConfig: { values: settings.cluster.preview?.visitors } },
  ]);
  const params = one('IngressClassParams', spec.ingressClassName, all).spec;
  expect(params.certificateArn).toEqual([settings.outputs.preview_certificate_arn]);
  expect(params.group).toEqual(one('IngressClassParams', 'alb-shared', all).spec.group);
  expect(params.namespaceSelector.matchLabels).toEqual(
    Object.fromEntries(
      Object.entries(one('Namespace', 'preview-12').metadata.labels ?? {}).filter(([key]) => /^eren/.test(key)),
    ),
  );
});

describe('what cannot be, and how to mend it', () => {
  const problems = (change: (settings: any) => void, files: Record<string, string> = {}) => {
    try {
      loadSettings(root, withPreviews(change), { files });
      return [];
    } catch (error) {
      if (error instanceof SettingsError) return error.problems;
      throw error;
    }
  };
  const file = (text: string) => ({ 'charts/environments/previews/12.json': text });
  const given = (change: object) =>
    file(JSON.stringify({ ...JSON.parse(Object.values(filesOf(12))[0] as string), ...change }));
  const set = (change: object) => (all: any) => Object.assign(all.cluster.preview, change);

  test.each<[string, (settings: any) => void, Record<string, string>, string]>([
    ['what is not JSON', () => {}, file('{'), 'previews/12.json: is not JSON; ./eren preview open'],
    ['an image without digest', () => {}, given({ image: 'a.b/c:d' }), 'image: "a.b/c:d" has no tag and digest'],
    [
      'an image called latest',
      () => {},
      given({ image: previewImage.replace('4f2c9de-128', 'latest') }),
      "is 'latest'",
    ],
    [
      'a day instead of a moment',
      () => {},
      given({ opened: '2026-11-30' }),
      'opened: "2026-11-30" is not a moment in UTC',
    ],
    ['a number for an image', () => {}, given({ image: 7 }), 'image: 7 is not what belongs there'],
    ['a field that nobody knows', () => {}, given({ note: 'x' }), 'note: '],
    ['nothing in it', () => {}, file('null'), '(all): null is not what belongs there'],
    ['a name that is not a number', () => {}, filesOf('main'), 'is not named by the number of a pull request'],
    ['a number that begins with 0', () => {}, filesOf('012'), 'is not named by the number of a pull request'],
    ['one more than there may be', () => {}, filesOf(1, 2, 3, 4), 'holds 4 previews, and preview.most of'],
    [
      'a preview where the settings have none',
      (all) => delete all.cluster.preview,
      filesOf(1),
      'charts/environments/cluster.ts has no preview',
    ],
    ['like an environment on AWS', set({ like: 'production' }), {}, 'preview.like: "production" has no inCluster'],
    ['like nothing', set({ like: 'qa' }), {}, 'preview.like: "qa" is none of production, staging'],
    ['a priority above staging', set({ priority: 'production' }), {}, 'is not below that of staging, -1'],
    ['an unknown priority', set({ priority: 'low' }), {}, 'preview.priority: "low" is not a priority class'],
    [
      'a domain of somebody else',
      set({ domain: 'example.org' }),
      {},
      'is not below the public zone, eren.washu.edu',
    ],
    [
      'a domain of the private zone',
      set({ domain: 'x.internal.eren.washu.edu' }),
      {},
      'is not below the public zone',
    ],
    ['more addresses than a rule takes', set({ visitors: Array(4).fill('10.0.0.0/8') }), {}, 'preview.visitors'],
    ['no address', set({ visitors: [] }), {}, 'preview.visitors'],
    ['none at once', set({ most: 0 }), {}, 'preview.most: 0 is too small'],
    [
      "the repository of main's images",
      set({ repository: 'e-ren' }),
      {},
      'preview.repository: "e-ren" is where main\'s build pushes',
    ],
    [
      "the repository of main's build cache",
      set({ repository: 'e-ren-cache' }),
      {},
      'preview.repository: "e-ren-cache" is where main\'s build pushes',
    ],
    [
      'a repository that nobody makes',
      set({ repository: 'previews' }),
      {},
      'preview.repository: "previews" is not a repository of aws.repositories',
    ],
    [
      'a repository whose tags move',
      (all) => (all.cluster.aws.repositories['e-ren-preview'].mutable = true),
      {},
      'is not a repository of aws.repositories with mutable: false',
    ],
    [
      'an environment that is called like one',
      (all) => Object.assign(all.environments[1], { name: 'preview-7' }),
      {},
      'name: "preview-7" is that of something else',
    ],
    [
      'a class of its name',
      (all) => (all.cluster.loadBalancer.public['alb-preview'] = { group: 'x', namespaces: [] }),
      {},
      'loadBalancer.public.alb-preview: is the class of previews',
    ],
  ])('%s', (_, change, files, says) => {
    expect(problems(change, files).join('\n')).toContain(says);
  });

  test('and what can be: as many as there may be', () => {
    expect(problems(() => {}, filesOf(1, 2, 9999999))).toEqual([]);
  });
});
