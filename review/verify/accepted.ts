import { groupOf } from '../model/identity';
import type { Manifest } from '../model/tree';
import type { Attempt } from './attempts';
import { about, type VerifyFinding } from './finding';
import type { ServedKinds } from './kinds';
import { fieldPath, type Lines } from './lines';
import { remedies } from './live';

/** What the server would not take, or takes with a warning, by file and field. */
export function* accepted(
  attempts: ReadonlyMap<Manifest, Attempt>,
  kinds: ServedKinds,
  lines: Lines,
): Generator<VerifyFinding> {
  const together = new Map<string, Manifest[]>();
  const gather = (key: string, manifest: Manifest) => together.set(key, [...(together.get(key) ?? []), manifest]);

  for (const [manifest, attempt] of attempts) {
    const { file, object } = manifest;
    const say = (what: string, message: string, field: string | undefined, fix: string) => ({
      ...about('accepted', object)(what, message, { file, fix }),
      ...lines.at(file, field ? fieldPath(field) : []),
    });
    for (const message of 'warnings' in attempt ? attempt.warnings : [])
      yield say('warned', message, /^unknown field "([^"]+)"/.exec(message)?.[1], change);
    switch (attempt.outcome) {
      case 'rejected':
        for (const { field, message } of attempt.reasons) yield say('rejected', message, field, remedy(message));
        break;
      case 'not-served':
        gather(`not-served ${object.apiVersion} ${object.kind}`, manifest);
        break;
      case 'no-namespace':
        gather(`no-namespace ${object.metadata.namespace}`, manifest);
        break;
      case 'forbidden':
        gather(
          attempt.usual ? `usual ${object.kind}` : `forbidden ${object.kind} ${missing(attempt.message)}`,
          manifest,
        );
        break;
      case 'unanswered':
        gather(`unanswered ${attempt.message}`, manifest);
    }
  }
  for (const [key, manifests] of together) yield gathered(key, manifests, kinds);
}

/** The right without the object: `User "u" cannot patch resource "services" …`. */
function missing(message: string): string {
  return message.replace(/^\S+ "[^"]*" is forbidden: /, '');
}

/** What is so for many objects at once is said once. */
function gathered(key: string, manifests: readonly Manifest[], kinds: ServedKinds): VerifyFinding {
  const [what = '', ...rest] = key.split(' ');
  const why = rest.join(' ');
  const [{ file, object }] = manifests as [Manifest];
  const count = `${manifests.length} object${manifests.length === 1 ? '' : 's'}`;
  const { apiVersion, kind } = object;
  const versions = kinds.servedVersions(groupOf(apiVersion), kind);
  const instead = versions.length > 0 ? `it serves ${versions.join(', ')}` : 'its definition is not installed';
  const table: Readonly<Record<string, Pick<VerifyFinding, 'message' | 'fix'> & Partial<VerifyFinding>>> = {
    'not-served': {
      message: `${kind} of ${apiVersion} is not served, ${instead}; ${count} cannot be tried`,
      fix: 'install the definition: imports/crds/sources.yaml names its release, charts/environments/add-ons.ts the add-on that brings it',
    },
    'no-namespace': {
      message: `namespace ${why} does not exist; ${count} in it cannot be tried`,
      fix: `let Argo CD sync the Application that creates it, or create it: kubectl create namespace ${why}`,
    },
    usual: {
      level: 'note',
      what: 'compared-only',
      message: `${kind}: ${count} compared with the file and not tried: only those who may write it can try it`,
    },
    forbidden: {
      level: 'unanswered',
      message: `${kind}: ${why.slice(kind.length + 1)} (${count})`,
      fix: remedies.forbidden,
    },
    unanswered: {
      level: 'unanswered',
      what: 'no-answer',
      message: `${count} could not be tried: ${why}`,
      fix: remedies.noAnswer,
    },
  };
  return { question: 'accepted', level: 'mismatch', file, what, message: why, ...table[what] };
}

const change = 'change the chart, then npm run synth';

function remedy(message: string): string {
  if (/immutable|may not change|cannot change|are forbidden/i.test(message))
    return 'a sync will fail: give the object another name, or delete the live one when nothing depends on it';
  if (/not declared in schema|unknown field/.test(message))
    return 'remove the field from the chart, then npm run synth';
  return change;
}
