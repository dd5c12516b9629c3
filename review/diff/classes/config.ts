import type { ContainerSpec } from '../../model/kinds';
import { type Path, show, touches } from '../../model/path';
import { listOf } from '../../model/pods';
import { type Classed, type Classify, type Draft, shared } from '../finding';
import { pairedContainers, templateIn } from '../pods';
import type { Change } from '../walk';
import { risk } from './risk-words';

/** Environment variables; a variable that several containers share is one change. */
export const environment: Classify = function* (change) {
  const pairs = pairedContainers(templateIn(change.before), templateIn(change.after));
  const drafts = pairs.flatMap(({ name, path, before, after }) =>
    before && after ? [...variables(name, [...path, 'env'], before, after)] : [],
  );
  const key = ({ level, path, before, after }: Draft) => `${level} ${path.at(-1)} ${before} ${after}`;
  yield* shared(drafts.map((draft) => [key(draft), draft])).values();
};

function* variables(container: string, path: Path, before: ContainerSpec, after: ContainerSpec): Iterable<Draft> {
  const values = (each: ContainerSpec) =>
    new Map(listOf(each.env).map((variable) => [String(variable.name), sourceOf(variable)]));
  const [was, is] = [values(before), values(after)];
  for (const [name, value] of was)
    if (!is.has(name)) yield risk('no-variable', [...path, `[${name}]`], { before: value, name, container });
  for (const [name, value] of is)
    if (was.get(name) !== value)
      yield risk('variable', [...path, `[${name}]`], {
        ...{ before: was.get(name), after: value },
        ...{ name, changes: was.has(name) ? 'changes' : 'is new' },
      });
}

/** Where a variable gets its value: one of these says what, and some have a key. */
interface Source {
  readonly name?: string;
  readonly fieldPath?: string;
  readonly resource?: string;
  readonly key?: string;
}

function sourceOf({ value, valueFrom }: NonNullable<ContainerSpec['env']>[number]): string {
  if (!valueFrom) return String(value ?? '');
  const [[kind, source] = ['', {}]] = Object.entries<Source>(valueFrom);
  return `${kind.replace(/Ref$/, '')} ${source.name ?? source.fieldPath ?? source.resource ?? ''}${source.key ? `/${source.key}` : ''}`;
}

/** What no other class speaks of: it is told, and it is nothing that is known to go wrong. */
export function otherChanges(changes: readonly Change[], told: readonly Path[], kind: string): Classed[] {
  return changes
    .filter(({ path }) => !told.some((each) => touches(path, each)))
    .map(({ path, before, after }) => {
      const changes = before === undefined ? 'is new' : after === undefined ? 'is removed' : 'changes';
      return {
        class: 'config',
        ...risk('other-field', path, { before, after, field: show(path), changes, kind }),
      };
    });
}
