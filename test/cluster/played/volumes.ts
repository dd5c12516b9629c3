import type { Api } from '../api';
import { Played } from './played';

/**
 * The EBS driver: a volume for each claim, in the zone of the node that the scheduler chose for its pod, until the claim is gone
 * and the class says that the volume goes with it.
 */
export function volumes(api: Api): Played {
  return new Played('EBS driver', async () => {
    for (const { metadata, spec, status } of await api.list('v1', 'PersistentVolume'))
      if (status?.phase === 'Released' && spec.persistentVolumeReclaimPolicy === 'Delete')
        await api.request('DELETE', `/api/v1/persistentvolumes/${metadata.name}`);
    const claims = await api.list('v1', 'PersistentVolumeClaim');
    const waiting = claims.filter(({ status, spec }) => status?.phase === 'Pending' && !spec.volumeName);
    for (const { metadata, spec } of waiting) {
      const node = metadata.annotations?.['volume.kubernetes.io/selected-node'];
      const storage = await api.get('storage.k8s.io/v1', 'StorageClass', spec.storageClassName);
      if (!storage || (storage.volumeBindingMode === 'WaitForFirstConsumer' && !node)) continue;
      const name = `pvc-${metadata.uid}`;
      if (await api.get('v1', 'PersistentVolume', name)) continue;
      const key = 'topology.kubernetes.io/zone';
      const zone = node && (await api.get('v1', 'Node', node))?.metadata.labels[key];
      await api.done('POST', '/api/v1/persistentvolumes', {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': storage.provisioner } },
        spec: {
          accessModes: spec.accessModes,
          capacity: spec.resources.requests,
          storageClassName: spec.storageClassName,
          volumeMode: spec.volumeMode ?? 'Filesystem',
          persistentVolumeReclaimPolicy: storage.reclaimPolicy ?? 'Delete',
          csi: { driver: storage.provisioner, volumeHandle: `vol-${metadata.uid.slice(0, 8)}` },
          claimRef: {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
          },
          ...(zone && {
            nodeAffinity: {
              required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [zone] }] }] },
            },
          }),
        },
      });
    }
  });
}
