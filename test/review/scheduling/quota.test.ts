import { subjectOf } from '../../../review/check/subject';
import { quotaOffences } from '../../../review/scheduling/quota';
import { root } from '../../support/root';
import { treeOf, workload } from '../objects';
import { settings } from '../ours';

const resources = { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '200m', memory: '2Gi' } };
const web = workload('Deployment', 'web', { replicas: 2 }, { resources });
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: web.metadata.namespace },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
};

/** Which entries of a quota are said to be too small. */
function tooSmall(hard: Record<string, string>): string[] {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'all', namespace: web.metadata.namespace },
    spec: { hard },
  };
  const found = [...quotaOffences(subjectOf(root, treeOf(web, claim, quota), settings))];
  return found.map(({ path }) => String(path?.at(-1)));
}

// Two pods at rest, three while a release replaces them.
test.each([
  ['cpu', '299m', '300m'],
  ['requests.cpu', '299m', '300m'],
  ['limits.cpu', '599m', '600m'],
  ['memory', '3071Mi', '3Gi'],
  ['requests.memory', '3071Mi', '3Gi'],
  ['limits.memory', '6143Mi', '6Gi'],
  ['pods', '2', '3'],
  ['count/pods', '2', '3'],
  ['requests.storage', '9Gi', '10Gi'],
  ['persistentvolumeclaims', '0', '1'],
])('a quota of %s is too small at %s, and holds at %s', (key, less, enough) => {
  expect(tooSmall({ [key]: less })).toEqual([key]);
  expect(tooSmall({ [key]: enough })).toEqual([]);
});

test('a claim counts for the quota of its storage class, and without one for that of the default class', () => {
  const of = (name: string, isDefault: boolean) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name,
      ...(isDefault && { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }),
    },
    provisioner: 'ebs.csi.aws.com',
  });
  const gold = {
    ...claim,
    metadata: { ...claim.metadata, name: 'logs' },
    spec: { ...claim.spec, storageClassName: 'gold' },
  };
  const hard = Object.fromEntries(
    ['gp3', 'gold'].flatMap((name) => [
      [`${name}.storageclass.storage.k8s.io/requests.storage`, '9Gi'],
      [`${name}.storageclass.storage.k8s.io/persistentvolumeclaims`, '1'],
    ]),
  );
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'all', namespace: web.metadata.namespace },
    spec: { hard },
  };
  const tree = treeOf(web, claim, gold, of('gp3', true), of('gold', false), quota);
  expect([...quotaOffences(subjectOf(root, tree, settings))].map(({ message }) => message)).toEqual([
    'is below the 10240Mi of volume claims of gp3',
    'is below the 10240Mi of volume claims of gold',
  ]);
});

/** What a LimitRange refuses of a container that requests 100m and says no limit. */
const unlimited = (limit: Record<string, unknown>) => {
  const pods = workload('Deployment', 'web', { replicas: 2 }, { resources: { requests: { cpu: '100m' } } });
  const range = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'all', namespace: web.metadata.namespace },
    spec: { limits: [limit] },
  };
  return [...quotaOffences(subjectOf(root, treeOf(pods, range), settings))].map(({ message }) => message);
};

test.each([
  [{ type: 'Container', max: { cpu: '50m' } }, ['requests 100m of cpu; LimitRange all allows a limit of 50m']],
  [{ type: 'Container', default: { cpu: '50m' } }, ['requests 100m of cpu; LimitRange all allows a limit of 50m']],
  [{ type: 'Pod', max: { cpu: '1' } }, ['limits cpu to nothing; LimitRange all allows 1']],
  [{ type: 'Container', max: { cpu: '1' } }, []],
])(
  'a container without a limit gets that of %j, and is refused where that is less than it asks for',
  (limit, refused) => expect(unlimited(limit)).toEqual(refused),
);
