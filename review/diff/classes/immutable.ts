import { groupOf } from '../../model/identity';
import { show, under } from '../../model/path';
import { hookOf, madeAnew, syncOptions } from '../../model/sync-options';
import customKinds from '../../schema/custom-kinds.json';
import { type Classify, type Draft, subjectOf } from '../finding';
import { immutableFields, passes } from '../immutable-fields';
import { type CustomKind, type Transition, transitionsOf } from '../transitions';
import type { Change } from '../walk';
import { risk } from './risk-words';

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
  const values = { field: show(path), do: fix };
  if (recreated) return risk('recreated', path, values);
  if (show(path) === 'immutable') return risk('stays-immutable', path, values);
  const changes = before === undefined ? 'is added' : after === undefined ? 'is removed' : 'changes';
  // One element of a list that may not change speaks for the others.
  const covers = [path.at(-1)?.startsWith('[') ? path.slice(0, -1) : path];
  return risk('immutable-field', path, { ...values, changes, before, after, covers });
}

function maybe({ path }: Change, { rule, message }: Transition): Draft {
  const values = { field: show(path), rule: JSON.stringify(rule) };
  const compares = 'The custom resource definition compares the new value with the old one.';
  return risk('held-to-old-value', path, { ...values, message: message ?? compares });
}
