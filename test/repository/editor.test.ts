import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';
import { cluster } from '../../charts/environments/cluster';
import { readAcknowledgements } from '../../review/model/acknowledgements';
import { root } from '../support/root';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const ajv = addFormats(new Ajv({ allErrors: true, allowUnionTypes: true }));
const takes = (file: string) => ajv.compile(JSON.parse(read(file)));
const settings = JSON.parse(read('.vscode/settings.json'));

test('an editor is given the schemas that there are', () => {
  expect(Object.entries(settings['yaml.schemas'])).toEqual([
    ['./docs/ack.schema.json', '.changes/ack.yaml'],
    ['./docs/cdk8s.schema.json', 'cdk8s.yaml'],
  ]);
});

const id = 'data-loss:production/PersistentVolumeClaim/uploads';
test.each([
  ['', true],
  [`- { id: '${id}', reason: moved, until: '2026-12-01' }`, true],
  [`- { id: '${id}', reason: moved }`, false],
  [`- { id: '${id}', reason: ' ', until: '2026-12-01' }`, false],
  [`- { id: uploads, reason: moved, until: '2026-12-01' }`, false],
  [`- { id: '${id}', reason: moved, until: '2026-02-31' }`, false],
  [`- { id: '${id}', reason: moved, until: tomorrow }`, false],
  [`- { id: '${id}', reason: moved, until: '2026-12-01', by: me }`, false],
  [`id: '${id}'`, false],
])('of %j in .changes/ack.yaml an editor says what the command says', (text, right) => {
  const judged = (() => {
    try {
      readAcknowledgements(text, '2026-11-30');
      return true;
    } catch {
      return false;
    }
  })();
  const shown = takes('docs/ack.schema.json')(text ? load(text) : null);
  expect([judged, shown]).toEqual([right, right]);
});

test('cdk8s.yaml has the form that its schema describes, and another one would be seen', () => {
  const valid = takes('docs/cdk8s.schema.json');
  const ours = load(read('cdk8s.yaml')) as Record<string, unknown>;
  expect([valid(ours), valid.errors]).toEqual([true, null]);
  for (const wrong of [
    { ...ours, imports: ['rollout:=https://example.com/crd.yaml'] },
    { ...ours, language: 'python' },
    { ...ours, ouput: 'dist' },
  ])
    expect(valid(wrong)).toBe(false);
});

// devcontainers/spec at 08c3f97, schemas/devContainer.base.schema.json: what an editor reads of an image.
test('the devcontainer has fields that editors read, an image by its digest, and no feature that would move', () => {
  const { name, image, remoteUser, postCreateCommand, customizations, ...others } = JSON.parse(
    read('.devcontainer/devcontainer.json'),
  );
  expect(others).toEqual({});
  expect([name, remoteUser, postCreateCommand].map((each) => typeof each)).toEqual(['string', 'string', 'string']);
  expect(image).toMatch(/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
  expect(Object.keys(customizations)).toEqual(['vscode']);
});

test('the devcontainer is the image in which Jenkins tests, and is set up by what the README says', () => {
  const { image, postCreateCommand } = JSON.parse(read('.devcontainer/devcontainer.json'));
  expect(image).toBe(cluster.jenkins.agents.review.node.image);
  expect(/\/node:(\d+)\./.exec(image)?.[1]).toBe(read('.nvmrc').trim());
  const [, command] = /<!-- ci: run -->\n```sh\n(.*)\n```/.exec(read('README.md')) ?? [];
  expect(postCreateCommand).toBe(command);
});

test('what is generated is read-only in an editor', () => {
  const [, never = ''] = /Never edit anything under (.*) by hand/.exec(read('CONTRIBUTING.md')) ?? [];
  const folders = [...never.matchAll(/`([^`]+?)\/?`/g)].map(([, folder = '']) => folder);
  expect(folders.length).toBe(4);
  expect(Object.keys(settings['files.readonlyInclude'])).toEqual(
    folders.map((folder) => (folder.includes('*') ? folder : `${folder}/**`)),
  );
});
