import { groupOf } from '../../model/identity';
import { show, under } from '../../model/path';
import { hookOf, madeAnew, syncOptions } from '../../model/sync-options';
import customKinds from '../../schema/custom-kinds.json';
import { type Classify, type Draft, subjectOf } from '../finding';
import { immutableFields, passes } from '../immutable-fields';
import { type CustomKind, type Transition, transitionsOf } from '../transitions';
import type { Change } from '../walk';
import { riskWords } from './risk-words';

const why =
  'The API server refuses the whole object, Argo CD retries and reports SyncFailed; nothing of it is applied.';

export const immutable: Classify = function* (change, { after: side }) {
  const { before, after, status } = change;
  if (!before || !after || status !== 'changed') return;
  const { object } = subjectOf(change);
  // A hook is deleted and created at every sync.
  if (hookOf(object) && madeAnew(object)) return;
  const recreated = ['Replace=true', 'Force=true'].every((option) => syncOptions(object).has(option));
  const id = `${groupOf(object.apiVersion)}/${object.kind}`;
  for (const { fields, except = [], unless, fix } of immutableFields[id] ?? []) {
    const hit = change.changes.filter(
      ({ path }) =>
        fields.some((field) => under(path, field)) &&
        !except.some((field) => under(path, field)) &&
        !(unless && passes[unless]?.(before.object, after.object, show(path))),
    );
    for (const each of perField(hit, fields))
      yield refused(each, fix.replace('NAME', object.metadata.name), recreated);
  }
  const definition = side
    .ofKind('CustomResourceDefinition')
    .find(
      ({ object: crd }) => crd.spec?.group === groupOf(object.apiVersion) && crd.spec?.names?.kind === object.kind,
    );
  const known = (customKinds as unknown as Readonly<Record<string, CustomKind>>)[id];
  for (const transition of definition ? transitionsOf(definition.object) : (known?.transitions ?? []))
    for (const each of perField(
      change.changes.filter(({ path }) => under(path, transition.path)),
      [transition.path],
    ))
      yield transition.rule === 'self == oldSelf'
        ? refused(each, 'give it a new name, or delete it and let Argo CD create it', recreated)
        : maybe(each, transition);
};

/** Several changes inside one immutable field are one refusal. */
function perField(changes: readonly Change[], fields: readonly string[]): Change[] {
  const seen = new Map<string, Change>();
  for (const change of changes) {
    const field = fields.find((each) => under(change.path, each)) ?? '';
    const branch = field === 'spec' ? change.path.slice(0, 2).join('.') : field;
    if (!seen.has(branch)) seen.set(branch, change);
  }
  return [...seen.values()];
}

function refused({ path, before, after }: Change, fix: string, recreated: boolean): Draft {
  if (recreated)
    return {
      class: 'replace',
      ...riskWords.recreated,
      path,
      says: `${show(path)} is immutable, so Argo CD deletes the object and creates it (Force=true,Replace=true)`,
    };
  if (show(path) === 'immutable')
    return {
      level: 'critical',
      path,
      says: 'the sync will fail: immutable: true can never be taken back',
      why,
      fix,
    };
  const added = before === undefined ? 'is added' : after === undefined ? 'is removed' : 'changes';
  return {
    level: 'critical',
    path,
    before,
    after,
    says: `the sync will fail: ${show(path)} is immutable and ${added}`,
    why,
    fix,
    // One element of a list that may not change speaks for the others.
    covers: [path.at(-1)?.startsWith('[') ? path.slice(0, -1) : path],
  };
}

function maybe({ path }: Change, { rule, message }: Transition): Draft {
  return {
    level: 'high',
    path,
    says: `the sync may fail: ${show(path)} is held to its old value by ${JSON.stringify(rule)}`,
    why: message ?? 'The custom resource definition compares the new value with the old one.',
    fix: 'look whether the rule lets this change pass; else give the object a new name',
  };
}
