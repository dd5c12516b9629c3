import type { Level, Rule } from '../rule';
import { judge, type Problem } from '../schema/judge';

const dryRun = 'The API server refuses the whole object, and Argo CD shows SyncFailed until it is mended.';

/** What the API server would refuse: `kubectl apply --dry-run=server --validate=strict` without a server. */
export const schema: readonly Rule[] = [
  of('unknown-kind', {
    title: 'The cluster serves every kind.',
    why: `${dryRun} A kind whose definition is not in imports/crds cannot be judged at all.`,
    fix: 'Use the apiVersion that the message names, or add the definition to imports/crds and run npm run schemas.',
  }),
  of('unknown-field', {
    title: 'Every field exists in its kind.',
    why: `${dryRun} Where nobody validates strictly, the field is silently dropped.`,
    fix: 'Correct the name; the message names the one that was probably meant.',
  }),
  of('wrong-type', {
    title: 'Every value has the type of its field.',
    why: `${dryRun} A version or a number in quotes is the usual cause.`,
    fix: 'Write the value as the message says.',
  }),
  of('missing-field', {
    title: 'Every required field is there.',
    why: dryRun,
    fix: 'Add the field.',
  }),
  of('bad-value', {
    title: 'Every value is one that its field accepts: from its list, of its form, within its bounds.',
    why: dryRun,
    fix: 'Write one of the values that the message names.',
  }),
  of('bad-metadata', {
    title: 'Names, labels and annotations have the form that Kubernetes accepts.',
    why: dryRun,
    fix: 'Correct the name, key or value.',
  }),
  of('duplicate-element', {
    title: 'A list with keys holds each element once.',
    why: `${dryRun} Where it does not refuse it, the last one silently wins.`,
    fix: 'Remove one of the two.',
  }),
  of('invalid-object', {
    title: 'The fields of an object agree with each other.',
    why: `${dryRun} No schema says so, only the server's own code: a mount names a volume of its pod, a request is not above its limit, a selector selects the labels of its template.`,
    fix: 'Make the two fields agree, as the message says.',
  }),
  of(
    'cut-number',
    {
      title: 'Every number fits into the bits of its field.',
      why: 'A server-side apply, as Argo CD does it, cuts off what is too long and says nothing: 8589934592 seconds become 0.',
      fix: 'Write a smaller number.',
    },
    'high',
  ),
];

function of(id: Problem['rule'], said: Omit<Rule, 'id' | 'level' | 'check'>, level: Level = 'critical'): Rule {
  return {
    id,
    level,
    ...said,
    *check({ tree, schemas }) {
      for (const manifest of tree.manifests)
        for (const { rule, path, message } of judge(manifest, schemas))
          if (rule === id) yield { manifest, path, message };
    },
  };
}
