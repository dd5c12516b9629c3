import type { Kinds } from '../../model/kinds';
import { about, type VerifyFinding } from '../finding';
import { conditionOf } from './condition';

/** Applications that are not Synced and Healthy. */
export function* applications(objects: readonly Kinds['Application'][]): Generator<VerifyFinding> {
  for (const application of objects) {
    const { status = {}, spec, metadata } = application;
    const { sync, health, operationState, conditions = [], resources = [] } = status;
    const say = about('healthy', application, { fix: `argocd app get ${metadata.name}` });
    const manual = !spec?.syncPolicy?.automated;
    for (const { type = '', message } of conditions)
      if (/Error$|Warning$/.test(type)) yield say('condition', `${type}: ${message}`);
    if (!sync?.status || sync.status === 'Unknown') {
      yield say('not-compared', sync ? 'cannot be compared with git' : 'has no status: Argo CD has not seen it');
      continue;
    }
    const differing = resources.filter((each) => each.status === 'OutOfSync');
    const which = differing.map((each) => `${each.kind} ${each.name}`).join(', ');
    if (sync.status !== 'Synced') {
      const says = `is ${sync.status}${which && `: ${which}`}`;
      yield manual
        ? say('out-of-sync', `${says}; a person syncs it`, { level: 'note', fix: 'docs/runbooks/migrate.md' })
        : say('out-of-sync', says);
    }
    const { phase = '' } = operationState ?? {};
    if (phase === 'Failed' || phase === 'Error')
      yield say('sync-failed', `the last sync ended with ${phase}: ${operationState?.message}`);
    const state = health?.status;
    // Its hook has never run, and nothing else of it has a health.
    if (state === 'Healthy' || (state === 'Missing' && manual)) continue;
    const unwell = resources.find((each) => each.health && each.health.status !== 'Healthy');
    const why = unwell ? `: ${unwell.kind} ${unwell.name} ${unwell.health?.message ?? ''}`.trimEnd() : '';
    const says = `is ${state ?? 'of unknown health'}${why}`;
    yield state === 'Progressing'
      ? say('progressing', says, { level: 'note', fix: undefined })
      : say('unhealthy', says);
  }
}

/** ExternalSecrets and SecretStores that are not ready: a pod that needs the Secret does not start, or reads an old one. */
export function* secrets(objects: readonly Kinds['ExternalSecret' | 'SecretStore'][]): Generator<VerifyFinding> {
  for (const object of objects) {
    const ready = conditionOf(object, 'Ready');
    if (ready?.status === 'True') continue;
    const { name, namespace } = object.metadata;
    const fix = `kubectl describe ${object.kind.toLowerCase()} ${name} -n ${namespace}`;
    const say = about('healthy', object, { fix });
    yield ready
      ? say('not-ready', `${ready.reason}: ${ready.message}`)
      : say('no-status', 'has no status: External Secrets has not seen it');
  }
}
