import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { systemApp } from '../../charts/constructs/system';
import { systemFacts } from '../../charts/facts';
import { render } from '../../charts/output';
import { synth } from '../../charts/synth';
import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { connections, databases } from '../../review/connections/databases';
import { linesOf } from '../../review/cost/lines';
import { parseTree, placeOf, Tree } from '../../review/model/tree';
import { rules } from '../../review/rules';
import { judgedOnce } from '../../review/scheduling/budget';
import { eRen } from '../../systems/e-ren';
import { asTenant, generatedOf, type System } from '../../systems/system';
import { treeOf } from '../review/scheduling/settings';
import { settings } from '../support/manifests';
import { root } from '../support/root';

const folder = 'examples/tenant/';
const host = systemFacts(settings);
const own = {
  file: `${folder}settings.ts`,
  environments: [{ name: 'tenant', alarms: 2 }],
  databases: [
    {
      environment: 'tenant',
      file: `${folder}settings.ts`,
      host: 'tenant.example.internal',
      port: 5432,
      peers: [{ cidr: '10.9.0.0/24' }],
      name: 'tenant',
      secret: 'tenant/database',
      max: 10,
      reserved: 3,
    },
  ],
  caches: [],
  billed: [{ name: 'A domain', quantity: '1', rest: 1, expected: 1, most: 1 }],
  design: {},
};
const facts = asTenant(settings, own);

/** As many pods as are asked for, each with so many connections to the tenant's database. */
function chartsWith(replicas: number, pool: number) {
  const app = systemApp({ ...settings.cluster.system, name: 'tenant' });
  const chart = new Chart(app, 'web', { namespace: 'tenant', disableResourceNameHashes: true });
  const labels = { 'app.kubernetes.io/name': 'tenant' };
  const requests = { cpu: '100m', memory: '128Mi' };
  new ApiObject(chart, 'web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'ghcr.io/example/tenant:latest',
              resources: { requests, limits: requests },
              env: [
                { name: 'DATABASE_URL', value: 'postgresql://tenant@tenant.example.internal:5432/tenant' },
                { name: 'RAILS_MAX_THREADS', value: String(pool) },
              ],
            },
          ],
        },
      },
    },
  });
  return [{ folder: `${folder}dist/tenant`, environment: 'tenant', app }];
}

const hosts = treeOf(settings);

/** The tenant's manifests beside those of its cluster. */
function beside(replicas: number, pool: number) {
  const texts = render(chartsWith(replicas, pool));
  const tree = parseTree(texts);
  const together = new Tree([...tree.manifests, ...hosts.manifests]);
  return { tree: together, elsewhere: new Set(hosts.manifests.map(({ file }) => file)) };
}

test('a system’s file belongs to the environment and chart of its path, wherever the system lies', () => {
  expect(placeOf(`${folder}dist/tenant/web/Deployment.web.yaml`)).toEqual({ environment: 'tenant', chart: 'web' });
  expect(placeOf('dist/production/web/Rollout.web.yaml')).toEqual({ environment: 'production', chart: 'web' });
  expect(placeOf(`${folder}argocd/projects/AppProject.x.yaml`)).toEqual({
    environment: 'argocd',
    chart: 'projects',
  });
  expect(generatedOf({ folder })).toEqual([`${folder}dist`, `${folder}argocd`, `${folder}stacks`]);
  expect(generatedOf(eRen)).toEqual(['dist', 'argocd', 'terraform-bridge/stacks']);
});

test('the pods of a tenant count on the nodes of its cluster, and only too many of them do not fit', () => {
  const fits = (replicas: number) => judgedOnce({ ...beside(replicas, 1), settings: facts }).fits;
  const pods = (replicas: number) =>
    fits(replicas)[0]?.example.model.world.sets.filter(({ name }) => name.startsWith('tenant/')).length;
  expect(pods(1)).toBe(1);
  expect(fits(1).every((each) => each.fits)).toBe(true);
  expect(
    fits(60)
      .filter((each) => !each.fits)
      .flatMap(({ pending }) => pending.map(({ name }) => name)),
  ).toContain('tenant/web');
});

test('a tenant’s database is counted beside those of its cluster, against its own limit', () => {
  const of = (pool: number) => connections({ ...beside(1, pool), settings: facts });
  expect(databases({ ...beside(1, 1), settings: facts })).toHaveLength(host.databases.length + 1);
  expect(of(3).find(({ title }) => title.endsWith('of tenant'))?.verdict).toMatchObject({ fits: true });
  expect(of(4).find(({ title }) => title.endsWith('of tenant'))?.verdict).toMatchObject({ fits: false });
});

test('a tenant’s run tells of its own files, and of what all share', () => {
  const { tree, elsewhere } = beside(60, 4);
  const judged = (hidden: ReadonlySet<string>) =>
    check({
      subject: { ...subjectOf(root, tree, facts), elsewhere: hidden },
      rules,
      failOn: 'high',
      textOf: () => '',
    });
  const files = judged(elsewhere).findings.map(({ instances: [at] }) => at?.source.file);
  expect(new Set(files)).toEqual(
    new Set([`${folder}dist/tenant/web/Deployment.web.yaml`, `${folder}settings.ts`]),
  );
  expect(judged(elsewhere).passed).toBe(false);
  expect(judged(new Set()).findings.length).toBeGreaterThan(files.length);
});

test('what a tenant is billed beside its objects is a line of its cluster’s bill', () => {
  const lines = linesOf({ tree: hosts, settings: facts });
  expect(lines.length).toBe(linesOf({ tree: hosts, settings }).length + 1);
  expect(lines.at(-1)).toMatchObject({ name: 'A domain', expected: 1 });
});

test('what has no nodes is billed for its servers and for what it states, and for no cluster of Kubernetes', () => {
  const without = { ...facts, cluster: { ...facts.cluster, nodeGroups: {} } };
  const names = linesOf({ tree: parseTree(new Map()), settings: without }).map(({ name }) => name);
  expect(names).toEqual([
    'RDS PostgreSQL, production',
    'ElastiCache Redis, production',
    'Snapshots of Redis',
    'A domain',
  ]);
});

test('synth writes a system below its own folder, and nothing of another', async () => {
  const system: System = {
    name: 'tenant',
    folder,
    host: eRen as System,
    basis: async () => ({ environments: [{ name: 'tenant' }], cluster: settings.cluster, application: '' }),
    load: async () => facts,
    charts: async () => ({ chartFolders: () => chartsWith(1, 1) }),
  };
  const to = mkdtempSync(join(tmpdir(), 'tenant-'));
  try {
    const { written } = await synth(system, root, { folder: to });
    expect(written).toEqual([`${folder}dist/tenant/web/Deployment.web.yaml`]);
    expect(readdirSync(to)).toEqual(['examples']);
    const bare = join(to, 'bare');
    expect((await synth(system, root, { folder: bare, manifestsOnly: true })).written).toEqual([
      'tenant/web/Deployment.web.yaml',
    ]);
    await expect(synth({ ...system, charts: undefined }, root, { folder: to })).rejects.toThrow(
      'tenant: has no charts',
    );
  } finally {
    rmSync(to, { recursive: true, force: true });
  }
});
