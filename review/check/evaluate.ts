import { allowancesOf } from '../model/allowances';
import { positions } from '../model/position';
import { discreet } from '../model/secrets';
import { fieldAt, placeOf } from '../model/tree';
import type { Allowed, Finding } from '../report/report';
import { levels, type ObjectOffence, type Offence, offencesOf, type Rule, type Subject } from '../rule';

/** What the rules say, sorted: the same input gives the same list. */
export interface Evaluation {
  readonly findings: readonly Finding[];
  readonly allowed: readonly Allowed[];
}

/**
 * @param textOf of a file; read only where there is a finding
 * @param placed whether the places of what is allowed are asked for, too: knowing them is a tenth of the whole
 */
export function evaluate(
  subject: Subject,
  rules: readonly Rule[],
  textOf: (file: string) => string,
  placed = true,
): Evaluation {
  const position = positions(textOf);
  const [findings, allowed]: [Finding[], Allowed[]] = [[], []];
  const allowances = allowancesOf(subject.tree);
  const today = subject.around?.today;
  for (const rule of rules)
    for (const offence of offencesOf(rule, subject)) {
      const allowance = allowances.find(
        (each) =>
          'manifest' in offence &&
          (rule.about ?? 'object') === 'object' &&
          each.manifest === offence.manifest &&
          each.rule === rule.id &&
          !(today && each.until && each.until < today),
      );
      const finding = found(rule, offence, allowance && !placed ? () => ({ line: 1, column: 1 }) : position);
      if (!allowance) findings.push(finding);
      else
        allowed.push({
          ...finding,
          reason: allowance.reason,
          ...(allowance.until && { until: allowance.until }),
        });
    }
  return { findings: findings.sort(order), allowed: allowed.sort(order) };
}

function found(rule: Rule, offence: Offence, position: ReturnType<typeof positions>): Finding {
  const { id, level, title, fix } = rule;
  const said = { rule: id, level, message: discreet(offence.message), title, fix, docs: `docs/rules/${id}.md` };
  if (!('manifest' in offence)) {
    const { file } = offence;
    return { ...said, ...placeOf(file), file, line: 1, column: 1, path: '' };
  }
  const { manifest, path } = offence;
  const { apiVersion, kind, metadata } = manifest.object;
  return {
    ...said,
    environment: manifest.environment,
    chart: manifest.chart,
    file: manifest.file,
    ...position(manifest.file, path),
    object: {
      apiVersion,
      kind,
      ...(metadata.namespace && { namespace: metadata.namespace }),
      name: metadata.name,
    },
    path: pathOf(offence),
  };
}

/** An element by its name where it has one: its place changes with every insertion before it. */
function pathOf({ manifest, path }: ObjectOffence): string {
  const written = manifest.written ?? manifest.object;
  let text = '';
  for (const [i, key] of path.entries()) {
    const name = typeof key === 'number' && fieldAt(written, [...path.slice(0, i + 1), 'name']);
    if (typeof key === 'number') text += `[${typeof name === 'string' ? name : key}]`;
    else text += /^[A-Za-z]\w*$/.test(key) ? `${text && '.'}${key}` : `[${JSON.stringify(key)}]`;
  }
  return text;
}

function order(a: Finding, b: Finding): number {
  const key = ({ environment, level, object, file, path, rule, message }: Finding) =>
    [
      environment,
      levels.length - levels.indexOf(level),
      object?.kind ?? '',
      object?.namespace ?? '',
      object?.name ?? file,
      path,
      rule,
      message,
    ].map(String);
  const [x, y] = [key(a), key(b)];
  const at = x.findIndex((part, i) => part !== y[i]);
  return at < 0 ? 0 : (x[at] as string) < (y[at] as string) ? -1 : 1;
}
