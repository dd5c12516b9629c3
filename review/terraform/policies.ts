import { oneOrMany } from '../model/pods';

/** One thing that a policy of IAM lets somebody do. */
interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly principal: string;
  /** As JSON; empty without one. */
  readonly condition: string;
}

/** What a policy lets somebody do that the one before did not; `denials` that are gone count as well. */
export interface Widening {
  readonly says: readonly string[];
  /** Everybody, or every action, or what can give itself more rights. */
  readonly grave: boolean;
}

/**
 * Compares two policies of IAM.
 *
 * @throws SyntaxError when one is not JSON
 */
export function widened(before: unknown, after: unknown): Widening {
  const [was, is] = [statementsOf(before), statementsOf(after)];
  const old = was.filter(({ Effect }) => Effect !== 'Deny').flatMap(grantsOf);
  const granted = is
    .filter(({ Effect }) => Effect !== 'Deny')
    .flatMap(grantsOf)
    .filter((grant) => !old.some((each) => covers(each, grant)));
  const texts = new Set(is.map((each) => JSON.stringify(each)));
  const lifted = was.filter((each) => each.Effect === 'Deny' && !texts.has(JSON.stringify(each)));
  return {
    says: [
      ...granted.map(
        ({ action, resource, principal, condition }) =>
          `${action}${resource ? ` on ${resource}` : ''}${principal ? ` for ${principal}` : ''}${condition ? ' under a condition' : ''}`,
      ),
      ...lifted.map(({ Action, NotAction }) => `what was denied: ${oneOrMany(Action ?? NotAction).join(', ')}`),
    ],
    grave: lifted.length > 0 || granted.some(isGrave),
  };
}

function isGrave({ action, principal, condition }: Grant): boolean {
  return (
    /^(\*|iam:\*|iam:(PassRole|Put\w+|Attach\w+|Create\w+|Update\w+)|sts:\*|kms:\*|s3:\*|secretsmanager:\*)$/i.test(
      action,
    ) ||
    action.startsWith('all but ') ||
    (/(^| )\*$/.test(principal) && condition === '')
  );
}

type Statement = Readonly<Record<string, unknown>>;

function statementsOf(policy: unknown): Statement[] {
  if (policy === undefined) return [];
  const { Statement: found } = (typeof policy === 'string' ? JSON.parse(policy) : policy) as Statement;
  return (Array.isArray(found) ? found : found === undefined ? [] : [found]) as Statement[];
}

function grantsOf({ Action, NotAction, Resource, NotResource, Principal, Condition }: Statement): Grant[] {
  const actions = Action === undefined ? [`all but ${oneOrMany(NotAction).join(', ')}`] : oneOrMany(Action);
  const resources =
    NotResource === undefined ? orNone(oneOrMany(Resource)) : [`all but ${oneOrMany(NotResource).join(', ')}`];
  const condition = Condition === undefined ? '' : JSON.stringify(Condition);
  return actions.flatMap((action) =>
    resources.flatMap((resource) =>
      orNone(principalsOf(Principal)).map((principal) => ({ action, resource, principal, condition })),
    ),
  );
}

function principalsOf(principal: unknown): string[] {
  if (typeof principal !== 'object' || principal === null) return oneOrMany(principal);
  return Object.entries(principal).flatMap(([kind, names]) => oneOrMany(names).map((name) => `${kind} ${name}`));
}

/** A condition that is the same, or none at all, lets through what the new one does. */
function covers(old: Grant, grant: Grant): boolean {
  return (
    matches(old.action.toLowerCase(), grant.action.toLowerCase()) &&
    matches(old.resource, grant.resource) &&
    matches(old.principal, grant.principal) &&
    (old.condition === '' || old.condition === grant.condition)
  );
}

function matches(pattern: string, text: string): boolean {
  if (pattern === text || pattern === '*') return true;
  const [first = '', ...parts] = pattern.split('*');
  if (parts.length === 0 || !text.startsWith(first)) return false;
  const last = parts.pop() ?? '';
  let from = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

function orNone(list: readonly string[]): readonly string[] {
  return list.length > 0 ? list : [''];
}
