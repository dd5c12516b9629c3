import { chartFolders } from '../../../charts/app';
import { render } from '../../../charts/output';
import { loadSettings } from '../../../charts/settings';
import { parseTree } from '../../../review/model/tree';
import { scopeOf } from '../../../review/verify/scope';
import { filesOf, withPreviews } from '../../support/preview';
import { root } from '../../support/root';

const settings = loadSettings(root, withPreviews(), { files: filesOf(12, 13) });
const tree = parseTree(render(chartFolders(settings)));

test('a preview is asked about as an environment is, and one Application delivers all of it', () => {
  const scope = scopeOf(tree, 'preview-12');
  expect([scope.namespaces, [...scope.applications]]).toEqual([['preview-12'], ['preview-12']]);
  const folders = new Set(scope.manifests.map(({ file }) => file.split('/').slice(0, -1).join('/')));
  expect([...folders].sort()).toEqual([
    'argocd/applications',
    ...['migrations', 'namespace', 'postgres', 'redis', 'sidekiq', 'web'].map(
      (chart) => `dist/preview-12/${chart}`,
    ),
  ]);
  const own = scope.manifests.filter(({ environment }) => environment === 'preview-12');
  expect(own.filter((each) => scope.deliverer(each)?.metadata.name !== 'preview-12')).toEqual([]);
  // What is delivered chart by chart still is.
  const web = tree.manifests.find(({ file }) => file === 'dist/production/web/Rollout.e-ren-rollout.yaml');
  expect(web && scope.deliverer(web)?.metadata.name).toBe('production-web');
});

test('of one that is not open is said which are', () => {
  expect(() => scopeOf(tree, 'preview-14')).toThrow(
    '"preview-14" is not an environment of dist/; use cluster, preview-12, preview-13, production, staging',
  );
});
