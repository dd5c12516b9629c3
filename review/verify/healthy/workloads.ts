import type { Kinds } from '../../model/kinds';
import { fieldAt } from '../../model/tree';
import { about, type VerifyFinding } from '../finding';
import { conditionOf } from './condition';

/** Deployments, StatefulSets and DaemonSets that do not have what they want. */
export function* workloads(
  objects: readonly Kinds['Deployment' | 'StatefulSet' | 'DaemonSet'][],
): Generator<VerifyFinding> {
  for (const object of objects) {
    const { kind, metadata } = object;
    const { ready, updated, wanted } = countsOf(object);
    if (ready >= wanted && updated >= wanted) continue;
    const late = conditionOf(object, 'Progressing')?.status === 'False';
    const says = `${ready} of ${wanted} pods are ready, ${updated} of the last version${late ? '; its deadline is over' : ''}`;
    const say = about('healthy', object);
    if (updated < wanted && ready >= wanted && !late) yield say('progressing', says, { level: 'note' });
    else
      yield say('not-ready', says, {
        fix: `kubectl describe ${kind.toLowerCase()} ${metadata.name} -n ${metadata.namespace}`,
      });
  }
}

function countsOf(object: Kinds['Deployment' | 'StatefulSet' | 'DaemonSet']) {
  const status: NonNullable<(Kinds['Deployment'] & Kinds['DaemonSet'])['status']> = object.status ?? {};
  if (object.kind === 'DaemonSet')
    return {
      wanted: status.desiredNumberScheduled ?? 0,
      ready: status.numberReady ?? 0,
      updated: status.updatedNumberScheduled ?? 0,
    };
  const wanted = Number(fieldAt(object.spec, ['replicas']) ?? 1);
  return { wanted, ready: status.readyReplicas ?? 0, updated: status.updatedReplicas ?? 0 };
}

/** Jobs that failed; of those of a CronJob the last one counts. */
export function* jobs(objects: readonly Kinds['Job'][]): Generator<VerifyFinding> {
  const ownerOf = ({ metadata }: Kinds['Job']) =>
    metadata.ownerReferences?.find(({ kind }) => kind === 'CronJob')?.name;
  const created = ({ metadata }: Kinds['Job']) => metadata.creationTimestamp ?? '';
  const superseded = (job: Kinds['Job']) =>
    ownerOf(job) !== undefined &&
    objects.some(
      (other) =>
        ownerOf(other) === ownerOf(job) &&
        other.metadata.namespace === job.metadata.namespace &&
        created(other) > created(job),
    );
  for (const job of objects) {
    const failed = conditionOf(job, 'Failed');
    if (failed?.status !== 'True' || superseded(job)) continue;
    const { name, namespace } = job.metadata;
    yield about('healthy', job)('failed', `failed: ${failed.reason}, ${failed.message}`, {
      fix: `kubectl logs -n ${namespace} job/${name} --all-containers; docs/runbooks/ says what to do about migrations`,
    });
  }
}

/** Claims without a volume. */
export function* claims(objects: readonly Kinds['PersistentVolumeClaim'][]): Generator<VerifyFinding> {
  for (const claim of objects) {
    const { phase } = claim.status ?? {};
    if (phase === 'Bound') continue;
    const { name, namespace } = claim.metadata;
    const say = about('healthy', claim, {
      fix: `kubectl describe persistentvolumeclaim ${name} -n ${namespace}; a new one may wait for a node in its volume's zone`,
    });
    yield phase === 'Lost'
      ? say('lost', 'its volume is gone')
      : say('unbound', `is ${phase ?? 'not seen by any driver'} and has no volume`);
  }
}
