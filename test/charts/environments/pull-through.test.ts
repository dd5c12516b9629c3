import { pulledRepositories, pulledThrough } from '../../../charts/environments/pull-through';
import { frozen } from '../../support/frozen';
import { problemsOf } from '../../support/problems';

const cluster: any = {
  aws: {
    pullThrough: { 'docker.io': { prefix: 'docker-hub', keep: 30 }, 'quay.io': { prefix: 'quay', keep: 5 } },
  },
};
const digest = `@sha256:${'a'.repeat(64)}`;
const here = '1.dkr.example';

test.each([
  ['docker.io/moby/buildkit:v1', 'docker-hub/moby/buildkit:v1'],
  [`docker.io/moby/buildkit:v1${digest}`, `docker-hub/moby/buildkit:v1${digest}`],
  ['docker.io/library/redis:7', 'docker-hub/library/redis:7'],
  ['docker.io/redis:7', 'docker-hub/library/redis:7'],
  ['quay.io/argoproj/argocd:v3', 'quay/argoproj/argocd:v3'],
])('%s is pulled as %s', (image, copy) => {
  expect(pulledThrough({ deep: [{ image }] }, cluster, here)).toEqual({ deep: [{ image: `${here}/${copy}` }] });
  expect([...pulledRepositories([image], cluster).keys()]).toEqual([copy.split(':')[0]]);
});

test.each([
  'ghcr.io/cloudnative-pg/pgbouncer:1',
  'docker.io',
  'docker.io/moby/buildkit',
  'see docker.io/moby/buildkit:v1',
  'https://docker.io/moby/buildkit:v1',
  'constructor/x:1',
  '__proto__/x:1',
  'evil-docker.io/moby/buildkit:v1',
  `docker.io/${'a/'.repeat(5000)}b:1`,
])('%.60s stays what it is', (text) => {
  expect(pulledThrough({ text, n: 1, off: false, none: undefined }, cluster, here)).toEqual({
    text,
    n: 1,
    off: false,
    none: undefined,
  });
  expect(pulledRepositories({ text }, cluster).size).toBe(0);
});

const file = 'charts/environments/cluster.ts: aws.pullThrough';
test.each<[string, unknown, string]>([
  [
    'a registry that ECR keeps nothing of',
    { 'gcr.io': { prefix: 'gcr', keep: 1 } },
    '"gcr.io" is not a valid registry',
  ],
  ['a prefix that is too long', { 'quay.io': { prefix: 'q'.repeat(31), keep: 1 } }, 'is not a valid prefix'],
  ['a prefix of one letter', { 'quay.io': { prefix: 'q', keep: 1 } }, '"q" is not a valid prefix'],
  ['a path', { 'quay.io': { prefix: 'a/b', keep: 1 } }, '"a/b" is not a valid prefix'],
  ['nothing kept', { 'quay.io': { prefix: 'quay', keep: 0 } }, '0 is too small'],
  [
    "the app's own repository",
    { 'quay.io': { prefix: 'e-ren', keep: 1 } },
    '"e-ren" is also that of other repositories',
  ],
  [
    'one prefix for two',
    { 'quay.io': { prefix: 'all', keep: 1 }, 'registry.k8s.io': { prefix: 'all', keep: 1 } },
    '"all" is also that of other repositories',
  ],
])('%s is refused', (_, pullThrough, message) => {
  const problems = problemsOf((s: any) => (s.cluster.aws.pullThrough = pullThrough));
  expect(problems.filter((each) => each.startsWith(file)).join('\n')).toContain(message);
  expect(frozen.cluster.aws.pullThrough).toBeDefined();
});
