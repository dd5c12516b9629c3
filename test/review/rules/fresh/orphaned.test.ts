import { orphaned } from '../../../../review/rules/fresh/orphaned';
import { around } from '../../inline';

const file = (kind: string, name: string, apiVersion: string, spec: string, more = '') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}${more} }\nspec: ${spec}\n`;

/** What is said of files that are gone from dist/a/b, whose project is this. */
function said(spec: string, gone: readonly string[], stays: Record<string, string> = {}): string[] {
  const app = (chart: string) =>
    file('Application', `a-${chart}`, 'argoproj.io/v1alpha1', `{ project: a, source: { path: dist/a/${chart} } }`);
  const texts = {
    'argocd/projects/AppProject.a.yaml': file('AppProject', 'a', 'argoproj.io/v1alpha1', spec),
    'argocd/applications/Application.a-b.yaml': app('b'),
    'argocd/applications/Application.a-c.yaml': app('c'),
    ...stays,
  };
  const before = [...Object.keys(texts), ...gone.map((each) => `dist/a/b/${each}.yaml`)];
  return [...orphaned.check(around({ texts, before }, texts))].map(({ message }) => message);
}

test('the finding names the object and what to write', () => {
  const nothing = '{ namespaceResourceWhitelist: [] }';
  const end = 'is not allowed by the project any more and would stay in the cluster; write a:';
  expect(said(nothing, ['ClusterRole.foo', 'ScaledObject.web', 'Event.one', 'Unheard.of'])).toEqual([
    `ClusterRole foo of dist/a/b ${end} [{ group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'foo' }] into leaving of charts/argocd/leaving.ts`,
    `ScaledObject web of dist/a/b ${end} [{ group: 'keda.sh', kind: 'ScaledObject' }] into leaving of charts/argocd/leaving.ts`,
    `Event one of dist/a/b ${end} [{ group: …, kind: 'Event' }] into leaving of charts/argocd/leaving.ts`,
    `Unheard of of dist/a/b ${end} [{ group: …, kind: 'Unheard' }] into leaving of charts/argocd/leaving.ts`,
  ]);
});

const both = ['ClusterRole.foo', 'ConfigMap.one'];
test.each([
  ['an absent list allows all that is in a namespace, and nothing else', '{}', ['ClusterRole foo']],
  [
    'a list counts for its own scope only',
    "{ clusterResourceWhitelist: [{ group: '', kind: ConfigMap }], namespaceResourceWhitelist: [{ group: '*', kind: ClusterRole }] }",
    ['ClusterRole foo', 'ConfigMap one'],
  ],
  [
    'an entry of another group is another kind',
    "{ clusterResourceWhitelist: [{ group: apps, kind: '*' }], namespaceResourceWhitelist: [{ group: apps, kind: ConfigMap }] }",
    ['ClusterRole foo', 'ConfigMap one'],
  ],
  [
    'a pattern fits what begins or ends like it',
    "{ clusterResourceWhitelist: [{ group: '*.k8s.io', kind: Cluster*, name: f* }], namespaceResourceWhitelist: [{ group: '*', kind: '*Map' }] }",
    [],
  ],
  [
    'another name is another object',
    "{ clusterResourceWhitelist: [{ group: '*', kind: '*', name: bar }] }",
    ['ClusterRole foo'],
  ],
])('%s', (_, spec, objects) => {
  expect(said(spec, both).map((message) => message.split(' of ')[0])).toEqual(objects);
});

test('what Argo CD keeps anyway, and what another chart of the project has now, stays unsaid', () => {
  const nothing = '{ namespaceResourceWhitelist: [] }';
  const role = file('Role', 'one', 'rbac.authorization.k8s.io/v1', '{}', ', namespace: a');
  const gone = ['Namespace.a', 'PersistentVolumeClaim.data', 'Role.one'];
  expect(said(nothing, gone, { 'dist/a/c/Role.one.yaml': role })).toEqual([]);
  expect(said(nothing, gone, { 'dist/b/c/Role.one.yaml': role })).toHaveLength(1);
  expect(said(nothing, gone, { 'dist/a/d/Role.one.yaml': role })).toHaveLength(1);
});
