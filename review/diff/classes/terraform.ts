import { type Guard, isWorld, loosened } from '../../model/guards';
import { type Path, show } from '../../model/path';
import type { KubernetesObject } from '../../model/tree';
import told from '../../terraform/blocks.json';
import { type Effect, effectOf, factsOf, type TypeFacts } from '../../terraform/facts';
import type { Planned } from '../../terraform/plan';
import { type Widening, widened } from '../../terraform/policies';
import { argumentOf, followersOf } from '../../terraform/references';
import { type Classed, type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import type { Change } from '../walk';
import { riskWords } from './risk-words';

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

const before = 'apply this stack before you merge what needs it';
const afterwards = 'apply it after the merge, when nothing uses it any more';

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
  yield {
    class: 'new',
    level: 'info',
    path: [],
    after: object.kind,
    says: 'is created',
    why: 'terraform apply creates it; Argo CD does not.',
    fix: before,
  };
  yield* policies(object, undefined, object);
  for (const [argument, guard] of Object.entries(facts?.guards ?? {}))
    if (guard.safe === 'addresses' && isWorld(argumentOf(object, argument)))
      yield opened(argument.split('.'), argumentOf(object, argument), guard);
}

function* destroyed(object: KubernetesObject, moves: boolean): Iterable<Draft> {
  if (moves) return;
  const facts = factsOf(object.kind);
  if (!facts) yield unknown([], `no one has looked up what ${object.kind} does`);
  yield facts?.lost
    ? {
        class: 'data-loss',
        level: 'critical',
        path: [],
        before: object.kind,
        says: `is destroyed, and with it ${facts.lost}`,
        why: object.deletion_protection
          ? 'Terraform stops at its deletion protection, with the rest of the plan half applied.'
          : 'terraform apply asks once, for the whole plan.',
        fix: 'keep it; or make sure that a backup can be restored, and destroy it by a change of its own',
      }
    : {
        class: 'removed',
        level: 'warn',
        path: [],
        before: object.kind,
        says: 'is destroyed',
        why: facts?.away ?? 'What still uses it when it is applied fails.',
        fix: afterwards,
      };
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
      else
        yield {
          class: 'guard',
          ...riskWords['looser-argument'],
          path: each.path,
          before: was ?? guard.absent,
          after: is ?? guard.absent,
          says: `loosens what guards ${guard.guards}`,
        };
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
    yield {
      class: 'availability',
      ...riskWords['restart-in-aws'],
      path,
      before: was,
      after: is,
      says: `${facts.restart?.[top]}`,
    };
  else
    yield {
      class: 'config',
      level: 'info',
      path,
      before: was,
      after: is,
      says: 'is changed in place',
      why: own[top] ?? 'AWS changes it while it runs.',
      fix: 'nothing',
    };
}

function* lifecycle(path: Path, was: unknown, is: unknown): Iterable<Draft> {
  const text = JSON.stringify([was ?? {}, is ?? {}]);
  const kept = path.includes('prevent_destroy')
    ? was === true
    : /"prevent_destroy":true/.test(JSON.stringify(was ?? ''));
  yield {
    class: kept ? 'guard' : 'config',
    level: kept ? 'high' : text.includes('ignore') ? 'warn' : 'info',
    path,
    before: was,
    after: is,
    says: kept ? 'Terraform may destroy it now' : 'Terraform treats the resource differently',
    why: 'AWS never sees it. What is ignored can differ from the stack for ever.',
    fix: kept ? 'leave it as it was, or write into .changes/ack.yaml why it may go' : 'nothing',
  };
}

function replacement(change: ObjectChange, context: Context, path: Path, reason: string): Classed {
  const { object } = subjectOf(change);
  const facts = factsOf(object.kind);
  const planned = plannedOf(object);
  // A plan has a row of its own for each.
  const along = planned ? [] : followersOf(object, context.after);
  const lost = [facts?.lost, ...along.map(({ kind }) => factsOf(kind)?.lost)].filter(Boolean);
  const order = (planned ? planned.actions[0] === 'create' : object.lifecycle?.create_before_destroy)
    ? 'the new one is created before the old one is destroyed'
    : 'it is destroyed, and then created again';
  const names = along.map(({ kind, metadata }) => `${kind}.${metadata.name}`);
  return {
    class: lost.length > 0 ? 'data-loss' : 'replace',
    level: lost.length > 0 ? 'critical' : 'high',
    path,
    says: [
      `${reason}: ${order}${lost.length > 0 ? `, and with it ${lost.join('; ')}` : ''}`,
      ...(names.length > 0 ? [`with it ${names.join(', ')}`] : []),
    ].join('; '),
    why: [
      ...(facts?.away ? [facts.away] : []),
      ...(object.deletion_protection ? ['Terraform stops at its deletion protection, half-way.'] : []),
      'Another resource has another id: what names the old one finds nothing.',
    ].join(' '),
    fix:
      lost.length > 0
        ? 'leave it; or restore a snapshot into the new one, as a migration of its own with its own plan'
        : 'apply it by itself, in a quiet hour, and read terraform plan first',
  };
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
    yield {
      class: 'privilege',
      level: grave ? 'high' : 'warn',
      path,
      after: shown.join('; '),
      says: `${what}: ${shown.join('; ')}`,
      why: 'Whoever has it has these rights in the AWS account as soon as it is applied.',
      fix: `name the actions and the resources that are really used; ${before}`,
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    yield unknown(path, `a policy is not JSON (${error.message})`);
  }
}

function opened(path: Path, after: unknown, { guards, door }: Guard, was?: unknown): Classed {
  const world = door || isWorld(after);
  return {
    class: 'exposes',
    level: world ? 'critical' : 'high',
    path,
    before: was,
    after,
    says: door
      ? 'is opened to the internet'
      : `is opened to ${[after].flat().join(', ')}${world ? ', which is the whole internet' : ''}`,
    why: `It guards ${guards}.`,
    fix: 'name the ranges of the people and machines that need it',
  };
}

function unknown(path: Path, why: string): Classed {
  return {
    class: 'unjudged',
    ...riskWords['unknown-argument'],
    path,
    says: `is not judged: ${why}`,
  };
}

function isArgument({ path }: Change): boolean {
  return !['apiVersion', 'kind', 'metadata', 'planned'].includes(path[0] ?? '') && show(path) !== '';
}
