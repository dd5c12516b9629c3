import { each, needed, type Say } from './say';

export function admissionPolicy({ spec = {} }: any, say: Say): void {
  const { matchConstraints } = spec;
  if (!matchConstraints) say(['spec', 'matchConstraints'], 'is required');
  else if (!matchConstraints.resourceRules?.length)
    say(['spec', 'matchConstraints', 'resourceRules'], 'is required');
  for (const [rule, path] of each(matchConstraints, 'resourceRules', ['spec', 'matchConstraints']))
    for (const field of ['apiGroups', 'apiVersions', 'operations', 'resources'])
      if (!rule[field]?.length) say([...path, field], 'is required');
  if (!spec.validations?.length && !spec.auditAnnotations?.length)
    say(['spec', 'validations'], 'is required where there are no auditAnnotations');
  for (const [validation, path] of each(spec, 'validations', ['spec']))
    needed(validation.expression?.trim(), [...path, 'expression'], say);
  for (const list of ['variables', 'matchConditions'])
    for (const [named, path] of each(spec, list, ['spec']))
      for (const field of ['name', 'expression']) needed(named[field], [...path, field], say);
}

export function admissionBinding({ spec = {} }: any, say: Say): void {
  needed(spec.policyName, ['spec', 'policyName'], say);
  const actions: string[] = spec.validationActions ?? [];
  if (actions.length === 0) say(['spec', 'validationActions'], 'is required');
  if (new Set(actions).size < actions.length) say(['spec', 'validationActions'], 'holds an action twice');
  if (actions.includes('Deny') && actions.includes('Warn'))
    say(['spec', 'validationActions'], 'cannot hold both Deny and Warn');
  const { paramRef } = spec;
  if (paramRef) needed(paramRef.parameterNotFoundAction, ['spec', 'paramRef', 'parameterNotFoundAction'], say);
}
