import { type Guard, isWorld, loosened } from '../../model/guards';
import { type Path, show } from '../../model/path';
import type { KubernetesObject } from '../../model/tree';
import told from '../../terraform/blocks.json';
import { type Effect, effectOf, factsOf, type Planned, type TypeFacts } from '../../terraform/facts';
import { type Widening, widened } from '../../terraform/policies';
import { argumentOf, followersOf } from '../../terraform/references';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import type { Change } from '../walk';
import { risk } from './risk-words';

/** What `terraform apply` does with a block of a stack that differs. */
export const terraformBlock: Classify = function* (change, context) {
  const { object } = subjectOf(change);
  const other = blocks[object.kind.split('.')[0] ?? ''];
  if (object.kind === 'data.aws_iam_policy_document') yield* document(change);
  else if (other) yield* otherBlock(change, other);
  else if (change.status === 'added') yield* added(object);
  else if (change.status === 'removed') yield* destroyed(object, movedTo(context, object) !== undefined);
  else if (change.status === 'renamed') yield* renamed(change, context);
  else yield* changed(change, context);
};

type Told = Pick<Draft, 'level' | 'says' | 'why' | 'fix'>;

/** What is not a resource, and what a change of it means. */
const blocks = told as Readonly<Record<string, Told | undefined>>;

function* otherBlock({ status, changes, after }: ObjectChange, draft: Told): Iterable<Draft> {
  if (after?.object.kind === 'drift')
    yield { class: 'config', path: [], ...draft, says: `${draft.says}: ${after.object.fields.join(', ')}` };
  else if (status === 'changed') for (const { path } of changes) yield { class: 'config', path, ...draft };
  else yield { class: 'config', path: [], ...draft };
}

function* added(object: KubernetesObject): Iterable<Draft> {
  const facts = factsOf(object.kind);
  if (!facts && !plannedOf(object)) yield unknown([], `no one has looked up what ${object.kind} does`);
  yield risk('created-in-aws', [], { after: object.kind });
  yield* policies(object, undefined, object);
  for (const [argument, guard] of Object.entries(facts?.guards ?? {}))
    if (guard.safe === 'addresses' && isWorld(argumentOf(object, argument)))
      yield opened(argument.split('.'), argumentOf(object, argument), guard);
}

function* destroyed(object: KubernetesObject, moves: boolean): Iterable<Draft> {
  if (moves) return;
  const facts = factsOf(object.kind);
  if (!facts) yield unknown([], `no one has looked up what ${object.kind} does`);
  const values = { before: object.kind, lost: facts?.lost };
  const stops = object.deletion_protection
    ? 'Terraform stops at its deletion protection, with the rest of the plan half applied.'
    : 'terraform apply asks once, for the whole plan.';
  yield facts?.lost
    ? risk('destroyed-with-data', [], { ...values, stops })
    : risk('destroyed', [], { ...values, away: facts?.away ?? 'What still uses it when it is applied fails.' });
}

/** Another address in the state: a new resource to Terraform, unless a `moved` block says otherwise. */
function* renamed(change: ObjectChange, context: Context): Iterable<Draft> {
  const [old, object] = [change.before?.object, change.after?.object];
  if (!old || !object) return;
  if (movedTo(context, old) === `${object.kind}.${object.metadata.name}`)
    return yield* changed({ ...change, changes: change.changes.filter(isArgument) }, context);
  yield replacement(change, context, [], `its address was ${old.kind}.${old.metadata.name}`);
}

function movedTo({ after }: Context, { kind, metadata }: KubernetesObject): string | undefined {
  const found = after.ofKind('moved').find(({ object }) => object.from === `${kind}.${metadata.name}`);
  return found && String(found.object.to);
}

function* changed(change: ObjectChange, context: Context): Iterable<Draft> {
  const [old, object] = [change.before?.object, change.after?.object];
  if (!old || !object) return;
  const facts = factsOf(object.kind) ?? (plannedOf(object) && {});
  if (!facts) return yield unknown([], `no one has looked up what ${object.kind} does`);
  const told = new Set<string>();
  for (const each of change.changes.filter(isArgument)) {
    const argument = each.path.filter((step) => !step.startsWith('[')).join('.');
    yield* effects(change, context, facts, each, argument);
    for (const [guarded, guard] of Object.entries(facts.guards ?? {})) {
      if (told.has(guarded) || !(`${argument}.`.startsWith(`${guarded}.`) || guarded.startsWith(`${argument}.`)))
        continue;
      const [was, is] = [argumentOf(old, guarded), argumentOf(object, guarded)];
      if (!loosened(guard, was, is)) continue;
      told.add(guarded);
      if (guard.safe === 'addresses' || guard.door) yield opened(each.path, is ?? guard.absent, guard, was);
      else {
        const values = { before: was ?? guard.absent, after: is ?? guard.absent };
        yield risk('looser-argument', each.path, { ...values, guards: guard.guards });
      }
    }
  }
  yield* policies(object, old, object);
}

/** What `terraform plan` says of the resource, where there is a plan. */
function plannedOf(object: KubernetesObject | undefined): Planned | undefined {
  return object?.planned;
}

function plannedEffect({ actions, because }: Planned, facts: TypeFacts, argument: string): Effect {
  const named =
    because.length === 0 ||
    because.some((field) => `${argument}.`.startsWith(`${field}.`) || `${field}.`.startsWith(`${argument}.`));
  if (actions.includes('delete') && named) return 'replace';
  return effectOf(facts, argument) === 'restart' ? 'restart' : 'update';
}

/** Terraform's own words about a resource, which AWS never sees. */
const own: Readonly<Record<string, string>> = {
  depends_on: 'Only the order of the plan is another.',
  provider: 'The resource is asked for with another configuration of the provider.',
  timeouts: 'Terraform waits longer or shorter.',
};

function* effects(
  change: ObjectChange,
  context: Context,
  facts: TypeFacts,
  { path, before: was, after: is }: Change,
  argument: string,
): Iterable<Draft> {
  const [top = ''] = path;
  if (top === 'lifecycle') return yield* lifecycle(path, was, is);
  const planned = plannedOf(change.after?.object);
  const effect = planned
    ? plannedEffect(planned, facts, argument)
    : own[top]
      ? 'update'
      : top === 'region'
        ? 'replace'
        : effectOf(facts, argument);
  if (effect === undefined)
    yield unknown(
      path,
      `no one has looked up what AWS does when ${argument} of ${change.after?.object.kind} changes`,
    );
  else if (effect === 'replace') yield replacement(change, context, path, `${argument} cannot be changed`);
  else if (effect === 'restart')
    yield risk('restart-in-aws', path, { before: was, after: is, does: facts.restart?.[top] });
  else
    yield risk('changed-in-place', path, {
      ...{ before: was, after: is },
      who: own[top] ?? 'AWS changes it while it runs.',
    });
}

function* lifecycle(path: Path, was: unknown, is: unknown): Iterable<Draft> {
  const kept = path.includes('prevent_destroy')
    ? was === true
    : /"prevent_destroy":true/.test(JSON.stringify(was ?? ''));
  const level = JSON.stringify([was ?? {}, is ?? {}]).includes('ignore') ? 'warn' : 'info';
  const values = { before: was, after: is };
  yield kept ? risk('may-be-destroyed', path, values) : risk('other-lifecycle', path, { ...values, level });
}

function replacement(change: ObjectChange, context: Context, path: Path, reason: string): Draft {
  const { object } = subjectOf(change);
  const facts = factsOf(object.kind);
  const planned = plannedOf(object);
  // A plan has a row of its own for each.
  const along = planned ? [] : followersOf(object, context.after);
  const lost = [facts?.lost, ...along.map(({ kind }) => factsOf(kind)?.lost)].filter(Boolean).join('; ');
  const order = (planned ? planned.actions[0] === 'create' : object.lifecycle?.create_before_destroy)
    ? 'the new one is created before the old one is destroyed'
    : 'it is destroyed, and then created again';
  const names = along.map(({ kind, metadata }) => `${kind}.${metadata.name}`).join(', ');
  return risk(lost ? 'replaced-with-data' : 'replaced', path, {
    says: `${reason}: ${order}${lost && `, and with it ${lost}`}${names && `; with it ${names}`}`,
    why: [facts?.away, object.deletion_protection && 'Terraform stops at its deletion protection, half-way.']
      .map((each) => each && `${each} `)
      .join(''),
  });
}

const policyArguments = ['policy', 'assume_role_policy'];

/** A policy that Terraform writes itself; whoever has it reads the data source. */
function* document({ before: was, after: is }: ObjectChange): Iterable<Draft> {
  if (is)
    yield* widening(['statement'], 'is allowed', () => widened(policyOf(was?.object), policyOf(is.object)), !was);
  yield { class: 'config', path: [], ...blocks.data, level: 'info', says: 'the policy is another' } as Draft;
}

function policyOf(object: KubernetesObject | undefined) {
  const statements = [object?.statement ?? []].flat() as Record<string, unknown>[];
  return {
    Statement: statements.map((each) => ({
      Effect: each.effect ?? 'Allow',
      Action: each.actions,
      NotAction: each.not_actions,
      Resource: each.resources,
      NotResource: each.not_resources,
      Principal: Object.fromEntries(
        ([each.principals ?? []].flat() as { type: string; identifiers: unknown }[]).map(
          ({ type, identifiers }) => [type, identifiers],
        ),
      ),
      Condition: each.condition,
    })),
  };
}

function* policies(
  { kind }: KubernetesObject,
  old: KubernetesObject | undefined,
  object: KubernetesObject,
): Iterable<Draft> {
  if (kind === 'aws_ecr_lifecycle_policy') return;
  for (const argument of policyArguments) {
    if (object[argument] === undefined || object[argument] === old?.[argument]) continue;
    // What Terraform puts together itself is judged where it does.
    if (String(object[argument]).startsWith('${')) continue;
    const says = argument === 'policy' ? 'is allowed' : 'may be taken by somebody else';
    yield* widening([argument], says, () => widened(old?.[argument], object[argument]), !old);
  }
}

/** @param isNew a new one with ordinary rights is told as a new object */
function* widening(path: Path, what: string, find: () => Widening, isNew: boolean): Iterable<Draft> {
  try {
    const { says, grave } = find();
    if (says.length === 0 || (isNew && !grave)) return;
    const shown = says.length > 3 ? [...says.slice(0, 3), `${says.length - 3} more`] : says;
    yield risk('wider-policy', path, { level: grave ? 'high' : 'warn', after: shown.join('; '), what });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    yield unknown(path, `a policy is not JSON (${error.message})`);
  }
}

function opened(path: Path, after: unknown, { guards, door }: Guard, was?: unknown): Draft {
  const values = { before: was, after, guards };
  if (door) return risk('opened-to-all', path, values);
  const world = isWorld(after);
  const to = `${[after].flat().join(', ')}${world ? ', which is the whole internet' : ''}`;
  return risk('opened', path, { ...values, level: world ? 'critical' : 'high', to });
}

function unknown(path: Path, why: string): Draft {
  return risk('unknown-argument', path, { unknown: why });
}

function isArgument({ path }: Change): boolean {
  return !['apiVersion', 'kind', 'metadata', 'id', 'planned'].includes(path[0] ?? '') && show(path) !== '';
}
