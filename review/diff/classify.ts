import { doing } from '../limit';
import { canonical } from '../model/canonical';
import { withoutHash } from '../model/identity';
import { type Path, show, touches } from '../model/path';
import type { Class } from '../report/finding';
import { levels } from '../rule';
import { judge } from '../schema/judge';
import { terraform } from '../terraform/stacks';
import { otherVersion } from './classes/api-version';
import { argo } from './classes/argo';
import { availability } from './classes/availability';
import { balancer } from './classes/balancer';
import { capacity } from './classes/capacity';
import { environment, otherChanges } from './classes/config';
import { crd } from './classes/crd';
import { dataLoss } from './classes/data-loss';
import { exposes } from './classes/exposes';
import { guard } from './classes/guard';
import { image } from './classes/image';
import { immutable } from './classes/immutable';
import { migration } from './classes/migration';
import { cutOff } from './classes/network-policy';
import { presence } from './classes/presence';
import { privilege } from './classes/privilege';
import { replace } from './classes/replace';
import { restart } from './classes/restart';
import { risk } from './classes/risk-words';
import { otherScheduling } from './classes/scheduling';
import { secretRef } from './classes/secret-ref';
import { staleConfig } from './classes/stale-config';
import { terraformBlock } from './classes/terraform';
import { type Classed, type Classify, type Context, subjectOf } from './finding';
import type { ObjectChange } from './objects';
import type { Change } from './walk';

const classifiers: readonly (readonly [Class, Classify])[] = [
  ['data-loss', dataLoss],
  ['immutable', immutable],
  ['replace', replace],
  ['cut-off', cutOff],
  ['exposes', exposes],
  ['guard', guard],
  ['privilege', privilege],
  ['availability', availability],
  ['availability', balancer],
  ['api-version', otherVersion],
  ['crd', crd],
  ['restart', restart],
  ['stale-config', staleConfig],
  ['migration', migration],
  ['secret-ref', secretRef],
  ['argo', argo],
  ['image', image],
  ['capacity', capacity],
  ['scheduling', otherScheduling],
  ['config', environment],
];

/** Everything that a changed object puts at risk; what no class speaks of is told as a plain change. */
export function classify(written: ObjectChange, context: Context): Classed[] {
  const [before, after] = [context.before, context.after];
  const change = {
    ...written,
    ...(written.before && { before: before.typed(written.before) }),
    ...(written.after && { after: after.typed(written.after) }),
  };
  if (subjectOf(change).object.apiVersion === terraform)
    return withoutPlain(joined(judged('unjudged', terraformBlock, change, context)));
  const unread = mistyped(change, context);
  // A default stands in the place of what is not read: nothing is said of that.
  const isRead = ({ path }: Classed) =>
    !unread.some((each) => path.length >= each.path.length && touches(path, each.path));
  const found = classifiers.flatMap(([name, find]) => judged(name, find, change, context).filter(isRead));
  const drafts = withoutEchoes(joined([...unread, ...found]));
  // That it comes or goes needs no line of its own where a graver one says so.
  const gone =
    change.status !== 'changed' && drafts.some(({ path, class: of }) => path.length === 0 && of !== 'restart');
  if (!gone) drafts.push(...judged('new', presence, change, context));
  // A restart is why a template's change matters, and not what the change is.
  const told = drafts
    .filter(({ class: of }) => !['restart', 'migration'].includes(of))
    .flatMap(({ path, covers = [] }) => [...(path.length > 0 ? [path] : []), ...covers])
    .concat(drafts.flatMap(({ class: of, covers = [] }) => (of === 'migration' ? covers : [])));
  const left = change.changes.filter((each) => !follows(each));
  return [...drafts, ...otherChanges(left, told, subjectOf(change).object.kind)];
}

function judged(name: Class, find: Classify, change: ObjectChange, context: Context): Classed[] {
  doing(`class ${name}`);
  return [...find(change, context)].map((draft) => ({ class: name, ...valuesOf(change, draft.path), ...draft }));
}

/** No class reads a value that has another type than its field: it is told instead, and fails the gate of them all. */
function mistyped({ after, changes, status }: ObjectChange, { schemas }: Context): Classed[] {
  const wrong = after ? judge(after, schemas).filter(({ rule }) => rule === 'wrong-type') : [];
  return wrong.flatMap(({ path: at, message }) => {
    const path = at.map((step) => (typeof step === 'number' ? `[${step}]` : step));
    if (status === 'changed' && !changes.some((change) => touches(change.path, path))) return [];
    return { class: 'unjudged', ...risk('mistyped', path, { message }) };
  });
}

/** A word or a number that a draft need not repeat. */
function valuesOf({ changes }: ObjectChange, path: Path): Partial<Classed> {
  const { before, after } = changes.find((each) => show(each.path) === show(path)) ?? {};
  return typeof (before ?? after) === 'object' ? {} : { before, after };
}

/** What a class says twice of one field is one finding: an acknowledgement names it by class and field. */
function joined(drafts: readonly Classed[]): Classed[] {
  const found = new Map<string, Classed>();
  for (const draft of drafts) {
    const key = `${draft.class} ${show(draft.path)}`;
    const known = found.get(key);
    found.set(key, known ? join(known, draft) : draft);
  }
  return [...found.values()];
}

function join(a: Classed, b: Classed): Classed {
  const graver = levels.indexOf(b.level) > levels.indexOf(a.level) ? b : a;
  const same = canonical([a.before, a.after]) === canonical([b.before, b.after]);
  const both = (x: string, y: string, between: string) => (x.includes(y) ? x : `${x}${between}${y}`);
  return {
    class: a.class,
    level: graver.level,
    path: a.path,
    ...(same && a.before !== undefined && { before: a.before }),
    ...(same && a.after !== undefined && { after: a.after }),
    says: both(a.says, b.says, '; '),
    why: graver.why,
    fix: both(a.fix, b.fix, '; '),
    covers: [...(a.covers ?? []), ...(b.covers ?? [])],
  };
}

/** That a field changes in place goes without saying where something graver is said of it. */
function withoutPlain(drafts: readonly Classed[]): Classed[] {
  const grave = drafts.filter(({ level }) => level !== 'info');
  return drafts.filter(
    (draft) =>
      draft.class !== 'config' || draft.level !== 'info' || !grave.some(({ path }) => touches(path, draft.path)),
  );
}

/** Leaves only the graver of two classes that speak of one field. */
function withoutEchoes(drafts: readonly Classed[]): Classed[] {
  const quiet: readonly Class[] = ['argo', 'scheduling', 'capacity'];
  return drafts.filter(
    (draft) =>
      !quiet.includes(draft.class) ||
      !drafts.some(
        (other) =>
          other !== draft &&
          other.path.length > 0 &&
          levels.indexOf(other.level) > levels.indexOf(draft.level) &&
          other.class !== 'restart' &&
          under(draft.path, other.path),
      ),
  );
}

function under(path: Path, parent: Path): boolean {
  return path.length >= parent.length && touches(path, parent);
}

/** A reference that follows the hash of what it names. */
function follows({ before, after }: Change): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  const base = withoutHash(before);
  return base !== undefined && base === withoutHash(after);
}
