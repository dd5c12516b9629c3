import type { KubernetesObject } from '../../model/tree';
import { type Finding, subjectOf } from '../finding';
import { conditionOf } from './condition';

/** Deployments, StatefulSets and DaemonSets that do not have what they want. */
export function* workloads(objects: readonly KubernetesObject[]): Generator<Finding> {
  for (const object of objects) {
    const { kind, spec, metadata, status = {} } = object;
    const wanted = kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
    const ready = (kind === 'DaemonSet' ? status.numberReady : status.readyReplicas) ?? 0;
    const updated = (kind === 'DaemonSet' ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
    if (ready >= wanted && updated >= wanted) continue;
    const late = conditionOf(object, 'Progressing')?.status === 'False';
    const rolls = updated < wanted && ready >= wanted && !late;
    yield {
      question: 'healthy',
      level: rolls ? 'note' : 'mismatch',
      what: rolls ? 'progressing' : 'not-ready',
      object: subjectOf(object),
      message: `${ready} of ${wanted} pods are ready, ${updated} of the last version${late ? '; its deadline is over' : ''}`,
      ...(!rolls && { fix: `kubectl describe ${kind.toLowerCase()} ${metadata.name} -n ${metadata.namespace}` }),
    };
  }
}

/** Jobs that failed; of those of a CronJob the last one counts. */
export function* jobs(objects: readonly KubernetesObject[]): Generator<Finding> {
  const ownerOf = ({ metadata }: any) =>
    metadata.ownerReferences?.find(({ kind }: any) => kind === 'CronJob')?.name;
  const created = ({ metadata }: any): string => metadata.creationTimestamp ?? '';
  const superseded = (job: KubernetesObject) =>
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
    yield {
      question: 'healthy',
      level: 'mismatch',
      what: 'failed',
      object: subjectOf(job),
      message: `failed: ${failed.reason}, ${failed.message}`,
      fix: `kubectl logs -n ${namespace} job/${name} --all-containers; docs/runbooks/ says what to do about migrations`,
    };
  }
}

/** Claims without a volume. */
export function* claims(objects: readonly KubernetesObject[]): Generator<Finding> {
  for (const claim of objects) {
    const { phase } = claim.status ?? {};
    if (phase === 'Bound') continue;
    const { name, namespace } = claim.metadata;
    yield {
      question: 'healthy',
      level: 'mismatch',
      what: phase === 'Lost' ? 'lost' : 'unbound',
      object: subjectOf(claim),
      message:
        phase === 'Lost' ? 'its volume is gone' : `is ${phase ?? 'not seen by any driver'} and has no volume`,
      fix: `kubectl describe persistentvolumeclaim ${name} -n ${namespace}; a new one may wait for a node in its volume's zone`,
    };
  }
}
