import { subdomain } from '../names';
import { selector } from './labels';
import { each, form, needed, type Path, type Say } from './say';

const reasons = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];

export function admissionPolicy({ spec = {} }: any, say: Say): void {
  const { matchConstraints } = spec;
  if (!matchConstraints) say(['spec', 'matchConstraints'], 'is required');
  else if (!matchConstraints.resourceRules?.length)
    say(['spec', 'matchConstraints', 'resourceRules'], 'is required');
  for (const [rule, path] of each(matchConstraints, 'resourceRules', ['spec', 'matchConstraints']))
    for (const field of ['apiGroups', 'apiVersions', 'operations', 'resources']) {
      if (!rule[field]?.length) say([...path, field], 'is required');
      for (const [value, at] of each<string>(rule, field, path))
        if (value === '' && field !== 'apiGroups') say(at, 'is empty');
    }
  if (!spec.validations?.length && !spec.auditAnnotations?.length)
    say(['spec', 'validations'], 'is required where there are no auditAnnotations');
  for (const [validation, path] of each(spec, 'validations', ['spec'])) {
    needed(validation.expression?.trim(), [...path, 'expression'], say);
    if (validation.reason !== undefined && !reasons.includes(validation.reason))
      say([...path, 'reason'], `${JSON.stringify(validation.reason)} is none of ${reasons.join(', ')}`);
  }
  variables(spec, say);
  for (const field of ['namespaceSelector', 'objectSelector'])
    selector(matchConstraints?.[field], ['spec', 'matchConstraints', field], say);
  for (const list of ['variables', 'matchConditions'])
    for (const [named, path] of each(spec, list, ['spec']))
      for (const field of ['name', 'expression']) needed(named[field], [...path, field], say);
}

/** Looks only at the names in CEL: what compiles is for a server to say. */
function variables(spec: any, say: Say): void {
  const names = new Set<string>();
  const known = (expression: unknown, at: Path) => {
    for (const [, name] of String(expression ?? '').matchAll(/\bvariables\.(\w+)/g))
      if (!names.has(name as string)) say(at, `names variables.${name}, which is not declared before it`);
  };
  for (const [variable, path] of each(spec, 'variables', ['spec'])) {
    known(variable.expression, [...path, 'expression']);
    if (!/^[A-Za-z_]\w*$/.test(variable.name ?? ''))
      say([...path, 'name'], `${JSON.stringify(variable.name)} is not a valid identifier`);
    names.add(variable.name);
  }
  for (const list of ['validations', 'auditAnnotations'])
    for (const [each_, path] of each(spec, list, ['spec']))
      for (const field of ['expression', 'messageExpression', 'valueExpression'])
        known(each_[field], [...path, field]);
}

export function admissionBinding({ spec = {} }: any, say: Say): void {
  form(spec.policyName, ['spec', 'policyName'], say, subdomain, 'needed');
  const actions: string[] = spec.validationActions ?? [];
  if (actions.length === 0) say(['spec', 'validationActions'], 'is required');
  if (new Set(actions).size < actions.length) say(['spec', 'validationActions'], 'holds an action twice');
  if (actions.includes('Deny') && actions.includes('Warn'))
    say(['spec', 'validationActions'], 'cannot hold both Deny and Warn');
  const { paramRef } = spec;
  if (paramRef) needed(paramRef.parameterNotFoundAction, ['spec', 'paramRef', 'parameterNotFoundAction'], say);
}
