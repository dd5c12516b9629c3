import { labelValue, qualifiedName } from '../names';
import { expression, labels, selector } from './labels';
import { atLeast, each, form, needed, type Path, type Say, unique } from './say';

const nodeOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

/** On which nodes a pod may run. */
export function placement(spec: any, at: Path, say: Say): void {
  labels(spec.nodeSelector, [...at, 'nodeSelector'], say);
  tolerations(spec, at, say);
  nodeAffinity(spec.affinity?.nodeAffinity, [...at, 'affinity', 'nodeAffinity'], say);
  for (const field of ['podAffinity', 'podAntiAffinity'])
    podAffinity(spec.affinity?.[field], [...at, 'affinity', field], say);
  spread(spec, at, say);
}

function tolerations(spec: any, at: Path, say: Say): void {
  for (const [toleration, path] of each(spec, 'tolerations', at)) {
    const { key, operator = 'Equal', value, effect, tolerationSeconds } = toleration;
    form(key, [...path, 'key'], say, qualifiedName);
    if (!['', 'Equal', 'Exists'].includes(operator))
      say([...path, 'operator'], `${JSON.stringify(operator)} is none of Equal, Exists`);
    if (!key && operator !== 'Exists') say([...path, 'operator'], 'must be Exists when there is no key');
    if (operator === 'Exists' && value) say([...path, 'value'], 'cannot be set with Exists');
    if (operator !== 'Exists') form(value, [...path, 'value'], say, labelValue);
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      say([...path, 'effect'], 'must be NoExecute with tolerationSeconds');
  }
}

function nodeAffinity(of: any, at: Path, say: Say): void {
  const required = of?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = [...at, 'requiredDuringSchedulingIgnoredDuringExecution'];
  if (required && !required.nodeSelectorTerms?.length) say([...terms, 'nodeSelectorTerms'], 'is required');
  for (const [term, path] of each(required, 'nodeSelectorTerms', terms)) nodeTerm(term, path, say);
  for (const [preference, path] of each(of, 'preferredDuringSchedulingIgnoredDuringExecution', at)) {
    weight(preference.weight, [...path, 'weight'], say);
    nodeTerm(preference.preference ?? {}, [...path, 'preference'], say);
  }
}

function nodeTerm(term: any, at: Path, say: Say): void {
  for (const [each_, path] of each(term, 'matchExpressions', at)) expression(each_, path, say, nodeOperators);
}

function podAffinity(of: any, at: Path, say: Say): void {
  for (const [term, path] of each(of, 'requiredDuringSchedulingIgnoredDuringExecution', at))
    podTerm(term, path, say);
  for (const [preference, path] of each(of, 'preferredDuringSchedulingIgnoredDuringExecution', at)) {
    weight(preference.weight, [...path, 'weight'], say);
    podTerm(preference.podAffinityTerm ?? {}, [...path, 'podAffinityTerm'], say);
  }
}

function podTerm(term: any, at: Path, say: Say): void {
  form(term.topologyKey, [...at, 'topologyKey'], say, qualifiedName, 'needed');
  selector(term.labelSelector, [...at, 'labelSelector'], say);
  selector(term.namespaceSelector, [...at, 'namespaceSelector'], say);
  matchKeys(term, at, say);
}

function weight(value: number | undefined, at: Path, say: Say): void {
  if (!(value !== undefined && value >= 1 && value <= 100)) say(at, `is ${value ?? 0}, must be between 1 and 100`);
}

function spread(spec: any, at: Path, say: Say): void {
  const all = each(spec, 'topologySpreadConstraints', at);
  unique(
    all.map(([of, path]) => [`${of.topologyKey} ${of.whenUnsatisfiable}`, path] as const),
    'topologyKey and whenUnsatisfiable',
    say,
  );
  for (const [constraint, path] of all) {
    atLeast(1, { maxSkew: 0, ...constraint }, ['maxSkew', 'minDomains'], path, say);
    needed(constraint.topologyKey, [...path, 'topologyKey'], say);
    needed(constraint.whenUnsatisfiable, [...path, 'whenUnsatisfiable'], say);
    if (constraint.minDomains !== undefined && constraint.whenUnsatisfiable !== 'DoNotSchedule')
      say([...path, 'minDomains'], 'can only be set with DoNotSchedule');
    selector(constraint.labelSelector, [...path, 'labelSelector'], say);
    matchKeys(constraint, path, say);
  }
}

function matchKeys(of: any, at: Path, say: Say): void {
  const keys = each<string>(of, 'matchLabelKeys', at);
  if (keys.length > 0 && !of.labelSelector) say([...at, 'matchLabelKeys'], 'cannot be set without labelSelector');
  const used = new Set([
    ...Object.keys(of.labelSelector?.matchLabels ?? {}),
    ...(of.labelSelector?.matchExpressions ?? []).map(({ key }: any) => key),
  ]);
  for (const [key, path] of keys) {
    form(key, path, say, qualifiedName, 'needed');
    if (used.has(key)) say(path, `${key} is in labelSelector already`);
  }
}
