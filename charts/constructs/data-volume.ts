import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { type Bytes, mebibytes } from '../environments/units';
import { keepWhenRemoved, wave } from './sync-wave';

/** The StorageClass of every volume. */
export const storageClassName = 'gp3';

/**
 * An encrypted EBS volume that outlives whatever uses it. A claim of its own, not a template of the StatefulSet, because
 * a template cannot be changed and a claim can grow. It is synced with the workload: a volume waits for its first
 * consumer, and in a wave before that consumer it would be waited for in vain.
 */
export function dataVolume(scope: Construct, id: string, name: string, size: Bytes): kplus.Volume {
  const claim = new kplus.PersistentVolumeClaim(scope, id, {
    metadata: { name, annotations: { ...wave('workload'), ...keepWhenRemoved } },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
    storageClassName,
    storage: Size.mebibytes(mebibytes(size)),
    volumeMode: kplus.PersistentVolumeMode.FILE_SYSTEM,
  });
  return kplus.Volume.fromPersistentVolumeClaim(scope, `${id}-volume`, claim, { name: id });
}
