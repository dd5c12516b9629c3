import type { KubernetesObject } from '../../model/tree';
import { type Finding, subjectOf } from '../finding';
import { conditionOf } from './condition';

/** Applications that are not Synced and Healthy. */
export function* applications(objects: readonly KubernetesObject[]): Generator<Finding> {
  for (const application of objects) {
    const { status = {}, spec, metadata } = application;
    const about = { question: 'healthy', object: subjectOf(application) } as const;
    const fix = `argocd app get ${metadata.name}`;
    const { sync, health, operationState, conditions = [] } = status;
    for (const { type, message } of conditions)
      if (/Error$|Warning$/.test(type))
        yield { ...about, level: 'mismatch', what: 'condition', message: `${type}: ${message}`, fix };
    if (!sync?.status || sync.status === 'Unknown') {
      const message = sync ? 'cannot be compared with git' : 'has no status: Argo CD has not seen it';
      yield { ...about, level: 'mismatch', what: 'not-compared', message, fix };
      continue;
    }
    const resources = (status.resources ?? []).filter((each: any) => each.status === 'OutOfSync');
    const which = resources.map((each: any) => `${each.kind} ${each.name}`).join(', ');
    if (sync.status !== 'Synced') {
      const manual = !spec.syncPolicy?.automated;
      yield {
        ...about,
        level: manual ? 'note' : 'mismatch',
        what: 'out-of-sync',
        message: `is ${sync.status}${which && `: ${which}`}${manual ? '; a person syncs it' : ''}`,
        fix: manual ? 'docs/runbooks/migrate.md' : fix,
      };
    }
    if (['Failed', 'Error'].includes(operationState?.phase))
      yield {
        ...about,
        level: 'mismatch',
        what: 'sync-failed',
        message: `the last sync ended with ${operationState.phase}: ${operationState.message}`,
        fix,
      };
    const state = health?.status;
    // Its hook has never run, and nothing else of it has a health.
    if (state === 'Healthy' || (state === 'Missing' && !spec.syncPolicy?.automated)) continue;
    const unwell = (status.resources ?? []).find((each: any) => each.health && each.health.status !== 'Healthy');
    const why = unwell ? `: ${unwell.kind} ${unwell.name} ${unwell.health.message ?? ''}`.trimEnd() : '';
    yield {
      ...about,
      level: state === 'Progressing' ? 'note' : 'mismatch',
      what: state === 'Progressing' ? 'progressing' : 'unhealthy',
      message: `is ${state ?? 'of unknown health'}${why}`,
      ...(state !== 'Progressing' && { fix }),
    };
  }
}

/** ExternalSecrets and SecretStores that are not ready: a pod that needs the Secret does not start, or reads an old one. */
export function* secrets(objects: readonly KubernetesObject[]): Generator<Finding> {
  for (const object of objects) {
    const ready = conditionOf(object, 'Ready');
    if (ready?.status === 'True') continue;
    const { name, namespace } = object.metadata;
    yield {
      question: 'healthy',
      level: 'mismatch',
      what: ready ? 'not-ready' : 'no-status',
      object: subjectOf(object),
      message: ready ? `${ready.reason}: ${ready.message}` : 'has no status: External Secrets has not seen it',
      fix: `kubectl describe ${object.kind.toLowerCase()} ${name} -n ${namespace}`,
    };
  }
}
