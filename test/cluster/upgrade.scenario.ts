import { join } from 'node:path';
import { type KubernetesObject, nameOf } from './api';
import { checkOut, commitBefore } from './before';
import type { Cluster } from './cluster';
import { startCluster } from './given';
import { inOrder, type Manifest, manifestsOf } from './manifests';

let cluster: Cluster;
let before: Manifest[];
const now = inOrder(manifestsOf(['dist', 'argocd']));
beforeAll(async () => {
  cluster = await startCluster();
  const folder = join(cluster.processes.folder, 'before');
  await checkOut(await commitBefore(), folder);
  before = inOrder(manifestsOf(['dist', 'argocd'], folder));
});
afterAll(() => cluster?.stop());

test('the tree of the commit before differs, and is accepted', async () => {
  const text = (manifests: readonly Manifest[]) => JSON.stringify(manifests.map(({ object }) => object));
  expect(text(before)).not.toBe(text(now));
  expect(await applied(before)).toEqual([]);
});

test('every object of this tree can be made of the one before', async () => {
  expect(await applied(now)).toEqual([]);
});

test.each<[string, string, (object: any) => void]>([
  ['the selector of a Deployment', 'Deployment', ({ spec }) => (spec.selector.matchLabels.more = 'than before')],
  ['the class of a volume', 'PersistentVolumeClaim', ({ spec }) => (spec.storageClassName = 'gp2')],
  ['the name of a headless Service', 'StatefulSet', ({ spec }) => (spec.serviceName = 'other')],
  ['the role of a binding', 'RoleBinding', ({ roleRef }) => (roleRef.name = 'other')],
  ['the value of a class', 'PriorityClass', (object) => (object.value += 1)],
])('a change of %s is found', async (_, kind, change) => {
  const { path, object } = now.find(({ object }) => object.kind === kind) as Manifest;
  const changed = structuredClone(object);
  change(changed);
  expect(await applied([{ path, object: changed }])).toEqual([
    expect.stringMatching(/immutable|cannot change|Forbidden/i),
  ]);
});

/** What the server refuses. A hook is deleted before it is made again, as Argo CD does. */
async function applied(manifests: readonly Manifest[]): Promise<string[]> {
  const refused: string[] = [];
  for (const { path, object } of manifests) {
    if (object.metadata.annotations?.['argocd.argoproj.io/hook']) await remove(object);
    const { status, body } = await cluster.api.apply(object);
    if (status >= 300) refused.push(`${path}: ${nameOf(object)}: ${body.message}`);
  }
  return refused;
}

async function remove({ apiVersion, kind, metadata }: KubernetesObject): Promise<void> {
  const path = await cluster.api.path(apiVersion, kind, metadata.namespace, metadata.name);
  await cluster.api.request('DELETE', `${path}?propagationPolicy=Background`);
}
