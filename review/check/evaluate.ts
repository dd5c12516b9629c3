import { discreet } from '../../charts/environments/secret-texts';
import { allowancesOf } from '../model/allowances';
import { show } from '../model/path';
import { positions } from '../model/position';
import { fieldAt, placeOf } from '../model/tree';
import { type Finding, titles } from '../report/finding';
import type { Allowed } from '../report/report';
import { levels, type ObjectOffence, type Offence, offencesOf, type Rule, type Subject } from '../rule';

/** What the rules say, sorted: the same input gives the same list. */
interface Evaluation {
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
      if (subject.elsewhere?.has('manifest' in offence ? offence.manifest.file : offence.file)) continue;
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

/** What does not fit is said so; all else is a rule that an object breaks. */
const shared = ['connections-fit', 'nodes-hold-pods', 'quota-holds-pods', 'redis-clients-fit', 'cost-fits'];

function found(rule: Rule, offence: Offence, position: ReturnType<typeof positions>): Finding {
  const { id, level, why, fix } = rule;
  const kind = shared.includes(id) ? 'fit' : 'rule';
  const said = {
    class: kind,
    level,
    title: titles[kind],
    says: discreet(offence.message),
    why,
    fix,
    rule: id,
    docs: `docs/rules/${id}.md`,
  } as const;
  if (!('manifest' in offence)) {
    const { file } = offence;
    const { environment, chart } = placeOf(file);
    const [key, source] = [`${id}:${file}`, { file, line: 1, column: 1, chart }];
    return {
      id: key,
      ...said,
      environments: [environment],
      path: '',
      instances: [{ id: key, environment, source }],
    };
  }
  const { manifest, path } = offence;
  const { environment, chart, file } = manifest;
  const { apiVersion, kind: of, metadata } = manifest.object;
  const { name, namespace } = metadata;
  const where = show(namedPath(offence));
  const [key, place] = ['', namespace && namespace !== environment ? `${namespace}/` : ''].map(
    (prefix) => `${of}/${prefix}${name}${where && `/${where}`}`,
  );
  return {
    id: `${id}:${key}`,
    ...said,
    environments: [environment],
    object: { apiVersion, kind: of, name },
    path: where,
    instances: [
      {
        id: `${id}:${environment}/${place}`,
        environment,
        ...(namespace && { namespace }),
        source: { file, ...position(file, path), chart },
      },
    ],
  };
}

/** An element by its name where it has one: its place changes with every insertion before it. */
function namedPath({ manifest, path }: ObjectOffence): string[] {
  const written = manifest.written ?? manifest.object;
  return path.map((key, i) => {
    const name = typeof key === 'number' && fieldAt(written, [...path.slice(0, i + 1), 'name']);
    return typeof key === 'number' ? `[${typeof name === 'string' ? name : key}]` : key;
  });
}

function order(a: Finding, b: Finding): number {
  const key = ({ environments, level, object, instances: [at], path, rule, says }: Finding) =>
    [
      environments[0],
      levels.length - levels.indexOf(level),
      object?.kind ?? '',
      at?.namespace ?? '',
      object?.name ?? at?.source.file,
      path,
      rule,
      says,
    ].map(String);
  const [x, y] = [key(a), key(b)];
  const at = x.findIndex((part, i) => part !== y[i]);
  return at < 0 ? 0 : (x[at] as string) < (y[at] as string) ? -1 : 1;
}
