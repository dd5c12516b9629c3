import { subjectOf } from '../../review/check/subject';
import { parseTree } from '../../review/model/tree';
import type { Around, Subject } from '../../review/rule';
import { settings } from '../support/manifests';
import { root } from '../support/root';
import { inlineBudgets } from './inline-budgets';

const projectFile = 'argocd/projects/AppProject.a.yaml';

/** Rules about files, commits and days, which no fixture of objects can hold: good, bad, and which files the bad offends in. */
export const inline: Readonly<
  Record<string, { readonly good: Subject; readonly bad: Subject; readonly files: readonly string[] }>
> = {
  stale: {
    good: around({
      texts: { 'dist/a/b/ConfigMap.one.yaml': 'same' },
      made: { 'dist/a/b/ConfigMap.one.yaml': 'same' },
    }),
    bad: around({
      texts: { 'dist/a/b/ConfigMap.two.yaml': 'a\nold' },
      made: { 'dist/a/b/ConfigMap.two.yaml': 'a\nnew', 'dist/a/b/ConfigMap.three.yaml': 'not there' },
    }),
    // The first of them; the others are counted.
    files: ['dist/a/b/ConfigMap.three.yaml'],
  },
  'stray-file': {
    good: around({ texts: { 'dist/a/b/ConfigMap.one.yaml': 'x' }, made: { 'dist/a/b/ConfigMap.one.yaml': 'y' } }),
    bad: around({ texts: { 'dist/a/b/ConfigMap.old.yaml': '', 'dist/a/notes.txt': '' }, made: {} }),
    files: ['dist/a/b/ConfigMap.old.yaml', 'dist/a/notes.txt'],
  },
  repeatable: {
    good: around({ made: { 'dist/a.yaml': '1' }, again: { 'dist/a.yaml': '1' } }),
    bad: around({
      made: { 'dist/a.yaml': '1', 'dist/b.yaml': '2' },
      again: { 'dist/a.yaml': '2', 'dist/c.yaml': '2' },
    }),
    files: ['dist/a.yaml', 'dist/b.yaml', 'dist/c.yaml'],
  },
  readable: {
    good: tree({ 'dist/a/b/ConfigMap.one.yaml': configMap('one') }),
    bad: tree({
      'dist/a/b/broken.yaml': 'kind: [',
      'dist/a/b/empty.yaml': '',
      'dist/a/b/two.yaml': 'a: 1\n---\nb: 2',
      'dist/a/c/kustomization.yml': 'resources: []',
      'dist/a/d/Chart.yaml': 'name: d',
    }),
    files: [
      ...['dist/a/b/broken.yaml', 'dist/a/b/empty.yaml', 'dist/a/b/two.yaml'],
      ...['dist/a/c/kustomization.yml', 'dist/a/d/Chart.yaml'],
    ],
  },
  'file-of-object': {
    good: tree({ 'dist/a/b/ConfigMap.one.yaml': configMap('one') }),
    bad: tree({
      'dist/a/b/ConfigMap.one.yaml': configMap('other'),
      'dist/a/c/ConfigMap.two.yaml': configMap('two'),
      'dist/A/c/ConfigMap.two.yaml': configMap('two'),
    }),
    files: ['dist/a/b/ConfigMap.one.yaml', 'dist/A/c/ConfigMap.two.yaml'],
  },
  frozen: {
    good: around({ texts: { 'dist/a/b/1.yaml': '' }, before: [], frozen: new Map() }),
    bad: around({ texts: { 'dist/a/b/1.yaml': '' }, before: [], frozen: new Map([['a', 'a is frozen until …']]) }),
    files: ['charts/environments/freezes/a.txt'],
  },
  shrunk: {
    good: around({
      // Half of them may go, and what was said to be wanted.
      texts: { 'dist/a/b/1.yaml': '', 'dist/a/c/1.yaml': '' },
      before: ['dist/a/b/1.yaml', 'dist/a/b/2.yaml', 'dist/a/gone/1.yaml'],
      acknowledged: [{ id: 'shrunk:dist/a/gone', reason: 'moved to another cluster', until: '2026-12-01' }],
    }),
    bad: around({
      texts: { 'dist/a/b/1.yaml': '' },
      before: [
        'dist/a/b/1.yaml',
        'dist/a/b/2.yaml',
        'dist/a/b/3.yaml',
        'dist/a/gone/1.yaml',
        'dist/a/late/1.yaml',
      ],
      acknowledged: [{ id: 'shrunk:dist/a/late', reason: 'was wanted in November', until: '2026-11-30' }],
    }),
    files: ['dist/a/b', 'dist/a/gone', 'dist/a/late'],
  },
  orphaned: {
    good: tree({ ...project('PodDisruptionBudget'), ...application('dist/a/b') }, [
      'dist/a/b/PodDisruptionBudget.one.yaml',
      'dist/a/gone/HorizontalPodAutoscaler.one.yaml',
    ]),
    bad: tree({ ...project('PodDisruptionBudget'), ...application('dist/a/b') }, [
      'dist/a/b/ScaledObject.one.yaml',
      'dist/a/b/PriorityClass.one.yaml',
    ]),
    files: [projectFile, projectFile],
  },
  'allowance-expired': {
    good: tree({ 'dist/a/b/ConfigMap.one.yaml': configMap('one', 'until 2026-12-01: it ends today') }),
    bad: tree({ 'dist/a/b/ConfigMap.one.yaml': configMap('one', 'until 2026-11-30: it ended yesterday') }),
    files: ['dist/a/b/ConfigMap.one.yaml'],
  },
  'applied-size': {
    good: tree({ ...large(260_000), ...application('dist/a/b') }),
    bad: tree({ ...large(262_144), ...application('dist/a/b') }),
    files: ['dist/a/b/ConfigMap.large.yaml'],
  },
  ...inlineBudgets,
};

function large(bytes: number): Record<string, string> {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: large, namespace: a }\ndata: { a: ${'x'.repeat(bytes)} }\n`;
  return { 'dist/a/b/ConfigMap.large.yaml': text };
}

function configMap(name: string, reason?: string): string {
  const annotations = reason ? `, annotations: { check.eren.washu.edu/plain-secret: "${reason}" }` : '';
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: a${annotations} }\n`;
}

function project(kind: string): Record<string, string> {
  const spec = `{ namespaceResourceWhitelist: [{ group: policy, kind: ${kind} }], clusterResourceWhitelist: [{ group: scheduling.k8s.io, kind: PriorityClass, name: two }] }`;
  return {
    [projectFile]: `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: { name: a, namespace: argocd }\nspec: ${spec}\n`,
  };
}

function application(path: string): Record<string, string> {
  return {
    'argocd/applications/Application.a-b.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: a-b, namespace: argocd }\nspec: { project: a, source: { path: ${path} } }\n`,
  };
}

function tree(texts: Record<string, string>, before?: readonly string[]): Subject {
  return around({ texts, before }, texts);
}

interface Given {
  readonly texts?: Record<string, string>;
  readonly made?: Record<string, string>;
  readonly again?: Record<string, string>;
  readonly before?: readonly string[];
  readonly frozen?: Around['frozen'];
  readonly acknowledged?: Around['acknowledged'];
}

export function around(
  { texts = {}, made = {}, again = made, before, frozen, acknowledged = [] }: Given,
  objects = {},
): Subject {
  const map = (of: Record<string, string>) => new Map(Object.entries(of));
  return {
    ...subjectOf(root, parseTree(map(objects)), settings),
    around: {
      texts: map(texts),
      made: [map(made), map(again)],
      ...(before && { before }),
      ...(frozen && { frozen }),
      acknowledged,
      today: '2026-12-01',
    },
  };
}
