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
