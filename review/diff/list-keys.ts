import type { Path } from '../model/path';
import { fieldAt } from '../model/tree';

/** Fields of an element; a file may hold anything in them. */
type Fields = Readonly<Record<string, unknown>>;
/** How the elements of a list are told apart, or that their order says nothing. */
export type ListKey = ((element: Fields) => string) | 'orderless' | 'ordered';

/** What stands in these fields, those that are set. */
const by =
  (separator: string, ...names: readonly string[]): ListKey =>
  (element) =>
    names
      .map((name) => element[name])
      .filter(Boolean)
      .join(separator);
const named = by('', 'name');
const port: ListKey = ({ containerPort, port: own, protocol = 'TCP' }) => `${containerPort ?? own}/${protocol}`;
const grant: ListKey = ({ apiGroups, ...rights }) => {
  const what = ['resources', 'resourceNames', 'nonResourceURLs'].flatMap((field) => rights[field] ?? []);
  return what.sort().join(',') + (String(apiGroups ?? '') && `.${apiGroups}`);
};
const metric: ListKey = ({ type, ...source }) => {
  const [of] = Object.values(source);
  return `${type}/${fieldAt(of, ['metric', 'name']) ?? fieldAt(of, ['name']) ?? ''}`;
};

/**
 * The list's own name, below the name of what it is in where that decides: `+listMapKey` and `patchMergeKey` of
 * k8s.io/api 1.34; below them friendly keys for lists that the API server replaces as a whole, so that a reader sees
 * which element changed.
 */
const keys: Readonly<Record<string, ListKey>> = {
  ...alike(
    named,
    'containers initContainers ephemeralContainers env volumes imagePullSecrets secrets resourceClaims parameters',
    'schedulingGates claims sysctls AnalysisTemplate.metrics CustomResourceDefinition.versions Rollout.args',
    'AnalysisTemplate.args',
  ),
  ports: port,
  volumeMounts: by('', 'mountPath'),
  volumeDevices: by('', 'devicePath'),
  hostAliases: by('', 'ip'),
  topologySpreadConstraints: by('/', 'topologyKey', 'whenUnsatisfiable'),
  readinessGates: by('', 'conditionType'),
  ownerReferences: by('', 'uid'),

  subjects: by('/', 'kind', 'namespace', 'name'),
  'Role.rules': grant,
  'ClusterRole.rules': grant,
  'Ingress.rules': ({ host = '*' }) => String(host),
  'Ingress.tls': ({ hosts = '' }) => String(hosts),
  paths: ({ path, pathType }) => `${path} ${pathType}`,
  'HorizontalPodAutoscaler.metrics': metric,
  volumeClaimTemplates: ({ metadata }) => String(fieldAt(metadata, ['name'])),
  'ExternalSecret.data': by('', 'secretKey'),
  args: 'ordered',
  ...alike(
    by('/', 'group', 'kind', 'name'),
    'Application.ignoreDifferences clusterResourceWhitelist clusterResourceBlacklist namespaceResourceWhitelist',
    'namespaceResourceBlacklist',
  ),
  destinations: ({ server, name, namespace }) => [server ?? name, namespace].filter(Boolean).join('/'),
  loadBalancerAttributes: by('', 'key'),
  matchExpressions: by(' ', 'key', 'operator'),

  ...alike(
    'orderless',
    // Custom resources that declare a map.
    'SecretStore.conditions',
    'accessModes tolerations add drop nodeSelectorTerms requiredDuringSchedulingIgnoredDuringExecution',
    'preferredDuringSchedulingIgnoredDuringExecution apiGroups resources verbs resourceNames nonResourceURLs',
    'ingress egress from to policyTypes values except syncOptions sourceRepos finalizers jsonPointers',
    'jqPathExpressions externalIPs loadBalancerSourceRanges ipFamilies scopes required enum shortNames hosts',
    'inboundCIDRs certificateArn matchLabelKeys mountOptions metrics hostnames namespaces storedVersions',
  ),
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

function alike(key: ListKey, ...names: string[]): Record<string, ListKey> {
  return Object.fromEntries(names.flatMap((line) => line.split(' ')).map((name) => [name, key]));
}
