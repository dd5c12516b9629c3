import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { addOns } from '../../charts/environments/add-ons';
import { plugins } from '../../charts/jenkins/plugins';
import { root } from '../support/root';

const { customManagers } = JSON.parse(readFileSync(join(root, 'renovate.json'), 'utf8'));

/** What Renovate would find by its own rules, of all files it would look at. */
function found(datasource: string): Record<string, string | undefined>[] {
  const manager = customManagers.find((each: any) => each.datasourceTemplate === datasource);
  const [pattern] = manager.managerFilePatterns.map((text: string) => new RegExp(text.slice(1, -1)));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !/^(node_modules|\.git)\//.test(path) && pattern.test(path),
  );
  const [expression] = manager.matchStrings;
  return files.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(new RegExp(expression, 'g'))].map(
      ({ groups }) => groups ?? {},
    ),
  );
}

test('every image of the settings is renewed, with its digest where it has one', () => {
  const images = found('docker').map(({ depName, currentValue, currentDigest }) => [
    depName,
    currentValue,
    Boolean(currentDigest),
  ]);
  const written = ['cluster', 'staging'].flatMap((name) => [
    ...readFileSync(join(root, `charts/environments/${name}.ts`), 'utf8').matchAll(
      /'((?:docker\.io|ghcr\.io|public\.ecr\.aws)\/[^']+)'/g,
    ),
  ]);
  expect(images).toHaveLength(written.length);
  expect(images).toContainEqual(['ghcr.io/cloudnative-pg/pgbouncer', '1.25.1-trixie', true]);
});

test('every Helm chart of an add-on is renewed from its own repository', () => {
  const charts = Object.values(addOns).map(({ repository, chart, version }) => [repository, chart, version]);
  expect(
    found('helm').map(({ registryUrl, depName, currentValue }) => [registryUrl, depName, currentValue]),
  ).toEqual(charts);
});

test('every plugin of Jenkins is renewed', () => {
  expect(found('jenkins-plugins').map(({ depName, currentValue }) => `${depName}:${currentValue}`)).toEqual([
    ...plugins,
  ]);
});

test('every definition of a custom resource is renewed from the release it is taken from', () => {
  const sources = load(readFileSync(join(root, 'imports/crds/sources.yaml'), 'utf8')) as Record<string, string>;
  const releases = Object.keys(sources).map((path) => /-(v[\d.]+)\//.exec(path)?.[1]);
  expect(found('github-releases').map(({ currentValue }) => currentValue)).toEqual(releases);
});
