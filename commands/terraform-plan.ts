import { isMap } from '../review/model/canonical';
import type { Planned } from '../review/terraform/facts';

/** A stack before and after a plan, each in the form of the stack's own file. */
interface PlannedStack {
  readonly before: string;
  readonly after: string;
  /** `aws_vpc.main` of every resource that the plan knows. */
  readonly addresses: readonly string[];
}

interface Values {
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly replace_paths?: readonly (readonly (string | number)[])[];
}

interface ResourceChange {
  readonly address: string;
  readonly mode?: string;
  readonly type: string;
  readonly change: Values;
}

/**
 * Reads what `terraform show -json` prints of a saved plan.
 *
 * @throws Error that says what the text is not
 */
export function plannedStack(text: string): PlannedStack {
  const plan = read(text);
  const changes = (plan.resource_changes ?? []).filter(({ mode }) => mode !== 'data');
  const drifted = (plan.resource_drift ?? []).filter(({ mode }) => mode !== 'data');
  const [before, after] = [Object.create(null), Object.create(null)] as Record<string, Record<string, unknown>>[];
  for (const { address, type, change } of changes) {
    const name = address.startsWith(`${type}.`) ? address.slice(type.length + 1) : address;
    if (change.actions.every((action) => action === 'no-op' || action === 'read')) continue;
    const [was, is] = valuesOf(change);
    const planned: Planned = {
      actions: change.actions,
      because: (change.replace_paths ?? []).map((path) =>
        path.filter((step) => typeof step === 'string').join('.'),
      ),
    };
    if (was) put(before ?? {}, type, name, was);
    if (is) put(after ?? {}, type, name, { ...is, planned });
  }
  const drift = Object.fromEntries(drifted.map(({ address, change }) => [address, { fields: fieldsOf(change) }]));
  return {
    before: JSON.stringify({ resource: before }),
    after: JSON.stringify({ resource: after, ...(drifted.length > 0 && { drift }) }),
    addresses: changes.map(({ address }) => address),
  };
}

function read(text: string) {
  let plan: { resource_changes?: ResourceChange[]; resource_drift?: ResourceChange[]; format_version?: unknown };
  try {
    plan = JSON.parse(text);
  } catch (error) {
    throw new Error(
      `is not JSON (${(error as Error).message}); it wants what terraform show -json prints of a plan`,
    );
  }
  if (!isMap(plan) || typeof plan.format_version !== 'string' || !Array.isArray(plan.resource_changes))
    throw new Error(
      'is not a plan: it has no format_version and resource_changes; it wants what terraform show -json prints of a plan',
    );
  return plan;
}

function put(side: Record<string, Record<string, unknown>>, type: string, name: string, values: object): void {
  // Without a prototype: a name may be that of something every object has.
  const ofType = side[type] ?? (Object.create(null) as Record<string, unknown>);
  side[type] = ofType;
  ofType[name] = values;
}

/** Both sides without what is empty, with what nobody may see as a word. */
function valuesOf({ before, after, after_unknown, before_sensitive, after_sensitive }: Values) {
  const was = hidden(before, before_sensitive, '(sensitive)');
  const is = hidden(after, after_sensitive, same(before, after) ? '(sensitive)' : '(sensitive, may be another)');
  return [
    isMap(was) ? was : undefined,
    isMap(is) ? { ...is, ...unknownOf(after_unknown, is) } : undefined,
  ] as const;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function hidden(value: unknown, mark: unknown, word: string): unknown {
  if (mark === true) return value === null || value === undefined ? undefined : word;
  if (Array.isArray(value)) {
    const marks = Array.isArray(mark) ? mark : [];
    return value.length === 0 ? undefined : value.map((each, i) => hidden(each, marks[i], word));
  }
  if (!isMap(value)) return value ?? undefined;
  const marks = isMap(mark) ? mark : {};
  const fields = Object.entries(value).map(([key, each]) => [key, hidden(each, marks[key], word)] as const);
  return Object.fromEntries(fields.filter(([, each]) => each !== undefined));
}

/** Arguments that only AWS knows, after the plan is applied. */
function unknownOf(unknown: unknown, known: object): Record<string, string> {
  const names = isMap(unknown) ? Object.keys(unknown).filter((key) => unknown[key] === true) : [];
  return Object.fromEntries(
    names.filter((name) => !Object.hasOwn(known, name)).map((name) => [name, '(known after apply)']),
  );
}

function fieldsOf({ actions, before, after }: Values): string[] {
  if (actions.includes('delete') || !isMap(after)) return ['deleted'];
  const was = isMap(before) ? before : {};
  return Object.keys({ ...was, ...after })
    .filter((key) => !same(was[key], after[key]))
    .sort();
}
