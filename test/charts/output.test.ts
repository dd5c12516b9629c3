import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { manySites } from '../../bench/many-sites';
import { chartFolders } from '../../charts/app';
import { clusterScoped } from '../../charts/constructs/cluster-scoped';
import { publish, render, restore } from '../../charts/output';
import { settings } from '../support/manifests';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'output-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = (path: string) => readFileSync(join(root, path), 'utf8');
const files = (of: Record<string, string>) => new Map(Object.entries(of));

/** An app whose charts have these objects, each `Kind/namespace/name`. */
function appOf(charts: Record<string, string[]>): App {
  const app = new App();
  for (const [id, objects] of Object.entries(charts)) {
    const chart = new Chart(app, id);
    for (const [i, object] of objects.entries()) {
      const [kind, namespace, name] = object.split('/') as [string, string, string];
      new ApiObject(chart, `object-${i}`, { apiVersion: 'v1', kind, metadata: { name, namespace } });
    }
  }
  return app;
}

test('an object is written to environment, chart, kind and name, with apiVersion, kind and metadata first', () => {
  const app = new App();
  const chart = new Chart(app, 'web');
  new ApiObject(chart, 'config', {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    data: { b: '1', a: 'yes' },
    metadata: { name: 'x' },
  });
  expect(Object.fromEntries(render([{ folder: 'dist/production', app }]))).toEqual({
    'dist/production/web/ConfigMap.x.yaml':
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: 'yes'\n  b: '1'\n",
  });
});

test('two objects that would share a file are an error that names it', () => {
  const app = appOf({ web: ['Secret/one/x', 'Secret/two/x'] });
  expect(() => render([{ folder: 'dist/production', app }])).toThrow(
    'dist/production/web/Secret.x.yaml: two objects would share this file',
  );
});

test('one object in two charts is an error that names both', () => {
  const app = appOf({ web: ['Secret/one/x'], sidekiq: ['Secret/one/x'] });
  expect(() => render([{ folder: 'dist/production', app }])).toThrow(
    'dist/production/sidekiq/Secret.x.yaml: core/Secret/one/x is also made by dist/production/web/object-0',
  );
});

test('one object in two environments is an error too', () => {
  const of = (folder: string) => ({ folder, app: appOf({ classes: ['StorageClass//gp3'] }) });
  expect(() => render([of('dist/production'), of('dist/staging')])).toThrow(
    'is also made by dist/production/classes/object-0',
  );
});

test('one cluster-scoped object in two charts with namespaces is an error as well', () => {
  const app = new App();
  for (const namespace of ['one', 'two']) {
    const chart = new Chart(app, namespace, { namespace });
    clusterScoped(
      new ApiObject(chart, 'namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shared' } }),
    );
  }
  expect(() => render([{ folder: 'dist/cluster', app }])).toThrow(
    'core/Namespace//shared is also made by dist/cluster/one/namespace',
  );
});

test('a construct that refuses is an error with its path, and all that refuse are listed', () => {
  const app = appOf({ web: ['Secret/one/x', 'Secret/one/y'] });
  for (const { node } of app.charts[0]?.node.children ?? [])
    node.addValidation({ validate: () => ['is not what it should be'] });
  expect(() => render([{ folder: 'dist/production', app }])).toThrow(
    'dist/production/web/object-0: is not what it should be\ndist/production/web/object-1: is not what it should be',
  );
});

test('what is no longer made disappears, with its empty folder', () => {
  publish(root, ['dist'], files({ 'dist/a/b/ConfigMap.one.yaml': '1', 'dist/a/c/ConfigMap.two.yaml': '2' }));
  expect(publish(root, ['dist'], files({ 'dist/a/b/ConfigMap.one.yaml': '1' }))).toEqual({
    total: 1,
    written: [],
    removed: ['dist/a/c/ConfigMap.two.yaml'],
  });
  expect(readdirSync(join(root, 'dist/a'))).toEqual(['b']);
});

test('a file that is not a manifest of ours is left alone', () => {
  mkdirSync(join(root, 'dist/a/b'), { recursive: true });
  for (const path of ['dist/notes.txt', 'dist/a/b/values.yaml', 'dist/a/b/Secret.mine.txt'])
    writeFileSync(join(root, path), 'mine');
  expect(publish(root, ['dist'], files({ 'dist/a/b/ConfigMap.one.yaml': '1' })).removed).toEqual([]);
  expect(text('dist/notes.txt')).toBe('mine');
});

test('a file that did not change is not touched', () => {
  publish(root, ['dist'], files({ 'dist/a/one.yaml': '1', 'dist/a/two.yaml': '2' }));
  const before = statSync(join(root, 'dist/a/one.yaml')).ino;
  expect(publish(root, ['dist'], files({ 'dist/a/one.yaml': '1', 'dist/a/two.yaml': '3' })).written).toEqual([
    'dist/a/two.yaml',
  ]);
  expect(statSync(join(root, 'dist/a/one.yaml')).ino).toBe(before);
});

test('a publication can be taken back: every file is what it was, and what was new is gone', () => {
  publish(root, ['dist'], files({ 'dist/a/one.yaml': '1', 'dist/b/ConfigMap.two.yaml': '2' }));
  const before = new Map();
  publish(root, ['dist'], files({ 'dist/a/one.yaml': '3', 'dist/c/ConfigMap.three.yaml': '3' }), before);
  expect(readdirSync(join(root, 'dist'))).toEqual(['a', 'c']);
  restore(root, before);
  expect(readdirSync(join(root, 'dist'))).toEqual(['a', 'b']);
  expect([text('dist/a/one.yaml'), text('dist/b/ConfigMap.two.yaml')]).toEqual(['1', '2']);
});

test('what a killed process had staged is gone after the next publication', () => {
  const { pid } = spawnSync('true');
  mkdirSync(join(root, `.staging-${pid}/dist`), { recursive: true });
  publish(root, ['dist'], files({ 'dist/a/one.yaml': '1' }));
  expect(readdirSync(root)).toEqual(['dist']);
});

test('a publication that cannot be staged leaves the previous files whole and nothing beside them', () => {
  publish(root, ['dist'], files({ 'dist/a/one.yaml': '1', 'dist/a/two.yaml': '2' }));
  // A name longer than the file system allows: the disk says no in the middle.
  const impossible = `dist/a/${'x'.repeat(300)}.yaml`;
  expect(() => publish(root, ['dist'], files({ 'dist/a/one.yaml': 'new', [impossible]: '3' }))).toThrow(
    'ENAMETOOLONG',
  );
  expect([text('dist/a/one.yaml'), text('dist/a/two.yaml')]).toEqual(['1', '2']);
  expect(readdirSync(root)).toEqual(['dist']);
});

test('other folders are left alone', () => {
  mkdirSync(join(root, 'docs'));
  writeFileSync(join(root, 'docs/page.md'), 'mine');
  publish(root, ['dist'], files({ 'dist/a/one.yaml': '1' }));
  expect(existsSync(join(root, 'docs/page.md'))).toBe(true);
});

test('40 apps are 40 times one app: nothing is done twice for the others', () => {
  const work = (count: number) => {
    const json = jest.spyOn(ApiObject.prototype, 'toJson');
    const made = render(chartFolders(manySites(settings, count)));
    const calls = json.mock.calls.length;
    json.mockRestore();
    return { files: made.size, calls };
  };
  const [one, half, all] = [work(1), work(21), work(41)];
  expect(all.files - one.files).toBe(2 * (half.files - one.files));
  expect(all.calls - one.calls).toBe(2 * (half.calls - one.calls));
}, 30_000);

test('files of another file system are replaced too, whole or not at all', () => {
  // Where there is no other one, the link alone must make no difference.
  const other = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'output-'));
  try {
    symlinkSync(other, join(root, 'dist'));
    publish(root, ['dist'], files({ 'dist/a/b/ConfigMap.one.yaml': '1', 'argocd/ConfigMap.two.yaml': '2' }));
    writeFileSync(join(other, 'a/b/ConfigMap.one.yaml.staging-999999999'), 'of a process that died');
    publish(root, ['dist'], files({ 'dist/a/b/ConfigMap.one.yaml': '3', 'argocd/ConfigMap.two.yaml': '2' }));
    expect([readdirSync(join(other, 'a/b')), text('dist/a/b/ConfigMap.one.yaml')]).toEqual([
      ['ConfigMap.one.yaml'],
      '3',
    ]);
    expect(readdirSync(root).sort()).toEqual(['argocd', 'dist']);
    const wrong = files({ 'dist/a/b/ConfigMap.one.yaml': '4', 'argocd/ConfigMap.two.yaml/x': '5' });
    expect(() => publish(root, ['dist'], wrong)).toThrow(/EEXIST|ENOTDIR/);
    expect([readdirSync(join(other, 'a/b')), text('dist/a/b/ConfigMap.one.yaml')]).toEqual([
      ['ConfigMap.one.yaml'],
      '3',
    ]);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});
