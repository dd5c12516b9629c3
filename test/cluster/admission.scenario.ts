import { podOf } from '../charts/jenkins/agent-pods';
import { cloud } from '../charts/jenkins/agents';
import { type KubernetesObject, nameOf } from './api';
import type { Cluster } from './cluster';
import { startCluster } from './given';
import { inOrder, type Manifest, manifestsOf } from './manifests';
import { type PodOf, podTemplates } from './pods';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const committed = inOrder(manifestsOf(['dist', 'argocd']));

test('the server creates every object as it is committed, without a warning', async () => {
  const { refused, warned } = await create(committed);
  expect({ refused, warned }).toEqual({ refused: [], warned: [] });
});

test('every pod template is admitted by Pod Security, quota and limits of its namespace', async () => {
  const pods = podTemplates(committed).map(({ path, object }) => ({ path, object }));
  expect(pods.length).toBeGreaterThan(15);
  const { refused, warned } = await create(pods, true);
  expect({ refused, warned }).toEqual({ refused: [], warned: [] });
});

/** The pods that Jenkins' plugin makes for a pipeline that inherits from a template. */
const agents = (of: any = cloud): Manifest[] =>
  of.templates.map(({ name }: any) => {
    const { metadata, spec } = podOf({ inheritFrom: name }, of);
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: `agent-${name}` }, spec };
    return { path: `agent ${name}`, object };
  });

test('every agent of Jenkins is admitted where the plugin puts it, by the policy of the builds too', async () => {
  const { refused, warned } = await create(agents(), true);
  expect({ refused, warned }).toEqual({ refused: [], warned: [] });
  expect(agents().map(({ object }) => object.metadata.namespace)).toEqual([
    ...['ci-cd', 'ci-build', 'ci-build', 'ci-cd', 'ci-cd'],
  ]);
});

test('those that build images are refused where the cloud alone would put them: no account, and no way to run', async () => {
  const templates = cloud.templates.map((each: any) => ({
    ...each,
    namespace: 'ci-build',
    yaml: each.yaml.replace(/^ {2}namespace: .*\n/m, ''),
  }));
  const strayed = agents({ ...cloud, templates });
  const { refused } = await create(strayed, true);
  expect(refused).toEqual([
    expect.stringMatching(/^agent docker: .*serviceaccount "eren-builder" not found/),
    expect.stringMatching(/^agent preview: .*serviceaccount "eren-preview-builder" not found/),
  ]);
  for (const { object } of strayed) delete object.spec.serviceAccountName;
  const again = await create(strayed, true);
  expect(again.refused).toEqual(
    ['docker', 'preview'].map((name) =>
      expect.stringMatching(new RegExp(`^agent ${name}: .*violates PodSecurity "restricted`)),
    ),
  );
});

test('a field that no schema knows is refused', async () => {
  const service = object('production', 'Service', 'eren-service');
  const { refused } = await create([seeded(service, { spec: { ...service.spec, sessionAffinty: 'None' } })], true);
  expect(refused).toEqual([expect.stringMatching(/sessionAffinty.*field not declared in schema|unknown field/)]);
});

test('a pod that Pod Security does not allow is refused', async () => {
  const [{ path, object: pod }] = podTemplates(committed).filter(
    ({ object }) => object.metadata.namespace === 'production',
  ) as [PodOf];
  const { refused } = await create([{ path, object: { ...pod, spec: { ...pod.spec, hostNetwork: true } } }], true);
  expect(refused).toEqual([expect.stringMatching(/violates PodSecurity/)]);
});

test('a deprecated version warns', async () => {
  const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'old', namespace: 'production' } };
  const { warned } = await create([{ path: 'a seeded object', object: endpoints }], true);
  expect(warned).toEqual([expect.stringMatching(/deprecated/)]);
});

/** Each as `file: object: what the server says`. */
async function create(manifests: readonly Manifest[], dryRun = false) {
  const refused: string[] = [];
  const warned: string[] = [];
  for (const { path, object } of manifests) {
    const { status, body, warnings } = await cluster.api.apply(object, { dryRun });
    const say = (text: string) => `${path}: ${nameOf(object)}: ${text}`;
    if (status >= 300) refused.push(say(body.message));
    warned.push(...warnings.map(say));
  }
  return { refused, warned };
}

function object(namespace: string, kind: string, name: string): KubernetesObject {
  const found = committed.find(
    ({ object: { kind: k, metadata } }) =>
      k === kind && metadata.name === name && metadata.namespace === namespace,
  );
  if (!found) throw new Error(`no ${kind} ${name} in ${namespace}`);
  return found.object;
}

function seeded(object: KubernetesObject, change: object): Manifest {
  return { path: 'a seeded object', object: { ...object, ...change } };
}
