import { dump } from 'js-yaml';
import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { namedImages } from '../../review/model/images';
import { parseTree } from '../../review/model/tree';
import { manifests, settings } from '../support/manifests';
import { root } from '../support/root';

const pin = `@sha256:${'a'.repeat(64)}`;
const map = (text: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'jenkins', namespace: 'ci-cd' },
  data: { 'jenkins.yaml': text },
});
const treeOf = (...objects: object[]) =>
  parseTree(new Map(objects.map((object, i) => [`dist/a/b/X.${i}.yaml`, dump(object)])));
const notes = (text: string) => {
  const subject = subjectOf(root, treeOf(map(text)), settings);
  return check({ subject, rules: [], failOn: 'none', textOf: () => '' }).notes.filter((each) =>
    /image/.test(each),
  );
};

test.each<[string, string, string[]]>([
  [
    'an agent of Jenkins',
    `containers:\n- image: docker.io/moby/buildkit:v1${pin}`,
    [`docker.io/moby/buildkit:v1${pin}`],
  ],
  ['quoted, in JSON', '{"image":"quay.io/a/b:1"}', ['quay.io/a/b:1']],
  ['two in a line', 'image=ghcr.io/a:1 ghcr.io/b:2', ['ghcr.io/a:1', 'ghcr.io/b:2']],
  ['an address of the web', 'https://example.org/a:1 http://example.org:80/a', []],
  ['a host with a port', 'redis.production.svc.cluster.local:6379/0', []],
  ['a very long word', 'a.'.repeat(50_000), []],
  ['a very long path', `docker.io/${'a/'.repeat(50_000)}`, []],
])('images in a text: %s', (_, text, expected) => {
  expect(namedImages(treeOf(map(text)))).toEqual(expected);
});

test('check says of an image in a text that it has no digest, and that its registry counts', () => {
  expect(notes('image: docker.io/moby/buildkit:v1')).toEqual([
    expect.stringMatching(/^of an image without a digest .*: docker\.io\/moby\/buildkit:v1$/),
    expect.stringMatching(
      /^docker\.io gives 100 images in six hours .*pullThrough.*: docker\.io\/moby\/buildkit:v1$/,
    ),
  ]);
  expect(notes(`image: quay.io/a/b:1${pin}`)).toEqual([]);
});

test('of what is delivered, all that Jenkins starts is found', () => {
  const tree = parseTree(new Map(manifests.map(({ path, ...object }) => [path, dump(object)])));
  const found = namedImages(tree).map((image) => image.replace(/:.*/, '').replace(/^\d+\.dkr[^/]+\//, ''));
  for (const name of [
    'docker-hub/jenkins/inbound-agent',
    'docker-hub/moby/buildkit',
    'public.ecr.aws/docker/library/ruby',
  ])
    expect(found).toContain(name);
});
