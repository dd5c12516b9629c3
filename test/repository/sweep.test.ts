import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settings } from '../../charts/environments';
import { root } from '../support/root';

const read = (name: string) =>
  parse(readFileSync(join(root, `.github/workflows/${name}.yaml`), 'utf8'), { strict: true });
const workflow = read('sweep');
const { sweep } = workflow.jobs;
const uses = (name: string) => sweep.steps.filter((step: any) => step.uses?.startsWith(name));

test('the sweep runs every hour, from the delivered branch only, by the command of a laptop', () => {
  expect(workflow.on.schedule).toEqual([{ cron: expect.stringMatching(/^[1-9]\d? \* \* \* \*$/) }]);
  expect(sweep.if).toBe(read('rollback').jobs.rollback.if);
  expect(sweep.steps.at(-1).run).toContain('./eren preview sweep --push');
});

test('it may push to this repository, and of the app read pull requests', () => {
  expect([workflow.permissions, sweep.permissions, sweep.environment]).toEqual([
    {},
    { contents: 'read' },
    'delivery',
  ]);
  const tokens = uses('actions/create-github-app-token').map(({ id, with: given }: any) => [
    id,
    given.repositories,
    Object.entries(given).filter(([key]) => key.startsWith('permission-')),
  ]);
  const application = settings.cluster.jenkins.application.split('/').at(-1)?.replace('.git', '');
  expect(tokens).toEqual([
    ['token', undefined, [['permission-contents', 'write']]],
    ['application', application, [['permission-pull-requests', 'read']]],
  ]);
  // What npm installs has run before there is one.
  const at = (pattern: RegExp) => sweep.steps.findIndex((step: any) => pattern.test(`${step.run} ${step.uses}`));
  expect(at(/npm ci/)).toBeLessThan(at(/create-github-app-token/));
});

test('its actions are those of the other workflows, at the same commits', () => {
  const pinned = (name: string) => [
    ...readFileSync(join(root, `.github/workflows/${name}.yaml`), 'utf8').matchAll(/uses: (\S+)/g),
  ];
  const known = new Set(pinned('rollback').map(([, action]) => action));
  expect(pinned('sweep').filter(([, action]) => !known.has(action))).toEqual([]);
});
