import { folderOf } from '../../model/identity';
import { hookOf, madeAnew } from '../../model/sync-options';
import { type Classify, subjectOf } from '../finding';
import { acts } from '../objects';
import { containersIn, templateIn } from '../pods';
import { reasonOf } from '../reason';
import { riskWords } from './risk-words';

const moments: Readonly<Record<string, string>> = {
  PreSync: 'before anything else of its Application is applied',
  Sync: 'in its sync wave, before the waves after it',
  PostSync: 'when everything of its Application is healthy',
  SyncFail: 'when a sync has failed',
};

/** Jobs that Argo CD runs at a sync; a database migration is one. */
export const migration: Classify = function* (change, { after: side, objects }) {
  const { before, after, changes, status } = change;
  const { object } = subjectOf(change);
  const hook = hookOf(object) ?? (before && hookOf(before.object));
  if (object.kind !== 'Job' || !hook) return;
  const words = containersIn(templateIn(after ?? before)).flatMap(({ container }) => [
    ...(container.command ?? []),
    ...(container.args ?? []),
  ]);
  const database = /migrat/.test(`${object.metadata.name} ${words.join(' ')}`);
  const what = database ? 'the database migration' : 'the Job';
  const path = ['metadata', 'annotations', 'argocd.argoproj.io/hook'];
  const policy = ['metadata', 'annotations', 'argocd.argoproj.io/hook-delete-policy'];
  if (after && hookOf(after.object) && !madeAnew(after.object) && (!before || madeAnew(before.object)))
    yield {
      ...riskWords['hook-stays'],
      path: policy,
      before: before?.object.metadata.annotations?.[policy[2] as string],
      after: after.object.metadata.annotations?.[policy[2] as string],
      says: `${what} stays after it has run: the next sync finds a Job of that name and cannot change it`,
      covers: [policy],
    };
  const folder = folderOf(subjectOf(change).file);
  const application = side.ofKind('Application').find(({ object: { spec } }) => spec?.source?.path === folder);
  const byHand =
    application && !application.object.spec?.syncPolicy?.automated
      ? `, when a person syncs ${application.object.metadata.name}`
      : '';
  const moment = `${moments[hookOf(after?.object ?? object) ?? hook] ?? `at ${hook}`}${byHand}`;
  // Argo CD leaves hooks out when it compares: a change of nothing else starts no sync.
  const waits =
    application &&
    status !== 'added' &&
    !objects.some(
      (each) => acts(each) && folderOf(subjectOf(each).file) === folder && !hookOf(subjectOf(each).object),
    );
  if (!after || !hookOf(after.object))
    yield {
      level: 'warn',
      path: after ? path : [],
      before: hook,
      says: after
        ? `${what} is no longer a hook: it runs once and never again under this name`
        : `${what} no longer runs at a sync`,
      why: database ? 'New code meets an old schema.' : 'What it prepared for the pods is not there.',
      fix: 'say in the pull request what does its work from now on',
    };
  else if (status === 'added' || changes.length > 0) {
    // Other migrations come with another image or command; a variable runs the same ones again, which does nothing.
    const schema =
      database &&
      (status === 'added' || changes.some(({ path }) => /^(image|command|args)$/.test(path.at(-1) ?? '')));
    yield {
      level: waits || !(schema || status === 'added') ? 'info' : 'warn',
      path:
        status === 'added' ? [] : (changes.find(({ path: [top] }) => top === 'spec')?.path.slice(0, 2) ?? path),
      says: waits
        ? `${what} has ${reasonOf(changes)}, and nothing makes it run: only the hook of ${application.object.metadata.name} changes`
        : `${what} ${status === 'added' ? 'is new and runs' : `runs with ${reasonOf(changes)}`} ${moment}`,
      why: schema
        ? 'The old pods still run while it works: they must get along with the new schema.'
        : 'If it fails, the sync stops there and the pods stay as they are.',
      fix: schema
        ? 'expand first, contract in a later release; look at locks on large tables'
        : 'nothing, if it may run again',
    };
  }
};
