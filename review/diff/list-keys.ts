import type { Path } from '../model/path';
import { fieldAt } from '../model/tree';
import table from './list-keys.json';

/** Fields of an element; a file may hold anything in them. */
type Fields = Readonly<Record<string, unknown>>;
/** How the elements of a list are told apart, or that their order says nothing. */
type ListKey = ((element: Fields) => string) | 'orderless' | 'ordered';

const port: ListKey = ({ containerPort, port: own, protocol = 'TCP' }) => `${containerPort ?? own}/${protocol}`;
const grant: ListKey = ({ apiGroups, ...rights }) => {
  const what = ['resources', 'resourceNames', 'nonResourceURLs'].flatMap((field) => rights[field] ?? []);
  return what.sort().join(',') + (String(apiGroups ?? '') && `.${apiGroups}`);
};
const metric: ListKey = ({ type, ...source }) => {
  const [of] = Object.values(source);
  return `${type}/${fieldAt(of, ['metric', 'name']) ?? fieldAt(of, ['name']) ?? ''}`;
};

/** What stands in these fields, those that are set. */
const by =
  (fields: readonly string[]): ListKey =>
  (element) =>
    fields
      .map((field) => element[field])
      .filter(Boolean)
      .join('/');

/**
 * The list's own name, below the name of what it is in where that decides: `+listMapKey` and `patchMergeKey` of
 * k8s.io/api 1.34; below them friendly keys for lists that the API server replaces as a whole, so that a reader sees
 * which element changed. `list-keys.json` has those that are what some fields say, and those whose order says nothing.
 */
const keys: Readonly<Record<string, ListKey>> = {
  ...Object.fromEntries(
    Object.entries(table.by).flatMap(([names, fields]) => names.split(' ').map((name) => [name, by(fields)])),
  ),
  ports: port,
  'Role.rules': grant,
  'ClusterRole.rules': grant,
  'Ingress.rules': ({ host = '*' }) => String(host),
  'Ingress.tls': ({ hosts = '' }) => String(hosts),
  paths: ({ path, pathType }) => `${path} ${pathType}`,
  'HorizontalPodAutoscaler.metrics': metric,
  volumeClaimTemplates: ({ metadata }) => String(fieldAt(metadata, ['name'])),
  args: 'ordered',
  destinations: ({ server, name, namespace }) => [server ?? name, namespace].filter(Boolean).join('/'),
  matchExpressions: ({ key, operator }) => [key, operator].filter(Boolean).join(' '),
  ...Object.fromEntries(table.orderless.flatMap((names) => names.split(' ')).map((name) => [name, 'orderless'])),
};

// A NetworkPolicy's ports may be named twice, once per protocol or range.
const wholes: Readonly<Record<string, ListKey>> = { 'NetworkPolicy.ports': 'orderless' };

/** Lists whose keys name the elements, and whose order says what runs first or wins. */
const alsoOrdered = new Set(['initContainers', 'ExternalSecret.dataFrom']);

export function keyOf(kind: string, path: Path): ListKey {
  const name = path.at(-1) ?? '';
  const inKind = `${kind}.${name}`;
  return wholes[inKind] ?? keys[inKind] ?? keys[name] ?? 'ordered';
}

/** Whether another order is another meaning; `env` only when a value names another variable. */
export function orderMatters(kind: string, path: Path, elements: readonly unknown[]): boolean {
  const name = path.at(-1) ?? '';
  if (name === 'env') return elements.some((each) => String(fieldAt(each, ['value']) ?? '').includes('$('));
  // The load balancer controller sorts exact and prefix paths itself, and keeps the order of the others.
  if (name === 'paths') return elements.some((each) => fieldAt(each, ['pathType']) === 'ImplementationSpecific');
  return alsoOrdered.has(name) || alsoOrdered.has(`${kind}.${name}`);
}
