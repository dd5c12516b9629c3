import type { Path } from '../model/path';

/** How the elements of a list are told apart, or that their order says nothing. */
export type ListKey = ((element: any) => string) | 'orderless' | 'ordered';

const named = ({ name }: any) => String(name);
const port = ({ containerPort, port: own, protocol = 'TCP' }: any) => `${containerPort ?? own}/${protocol}`;
const subject = ({ kind, namespace, name }: any) => [kind, namespace, name].filter(Boolean).join('/');
const grant = ({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: any) =>
  [...resources, ...resourceNames, ...nonResourceURLs].sort().join(',') +
  (apiGroups.join() ? `.${apiGroups}` : '');
const kindOfGroup = ({ group = '', kind, name }: any) => [group, kind, name].filter(Boolean).join('/');
const term = ({ key, operator }: any) => [key, operator].filter(Boolean).join(' ');

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
  volumeMounts: ({ mountPath }: any) => mountPath,
  volumeDevices: ({ devicePath }: any) => devicePath,
  hostAliases: ({ ip }: any) => ip,
  topologySpreadConstraints: ({ topologyKey, whenUnsatisfiable }: any) => `${topologyKey}/${whenUnsatisfiable}`,
  readinessGates: ({ conditionType }: any) => conditionType,
  ownerReferences: ({ uid }: any) => uid,

  subjects: subject,
  'Role.rules': grant,
  'ClusterRole.rules': grant,
  'Ingress.rules': ({ host = '*' }: any) => host,
  'Ingress.tls': ({ hosts = [] }: any) => hosts.join(','),
  paths: ({ path, pathType }: any) => `${path} ${pathType}`,
  'HorizontalPodAutoscaler.metrics': ({ type, ...source }: any) =>
    `${type}/${Object.values<any>(source)[0]?.metric?.name ?? Object.values<any>(source)[0]?.name ?? ''}`,
  volumeClaimTemplates: ({ metadata }: any) => metadata?.name,
  'ExternalSecret.data': ({ secretKey }: any) => secretKey,
  args: 'ordered',
  ...alike(
    kindOfGroup,
    'Application.ignoreDifferences clusterResourceWhitelist clusterResourceBlacklist namespaceResourceWhitelist',
    'namespaceResourceBlacklist',
  ),
  destinations: ({ server, name, namespace }: any) => [server ?? name, namespace].filter(Boolean).join('/'),
  loadBalancerAttributes: ({ key }: any) => key,
  matchExpressions: term,

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
export function orderMatters(kind: string, path: Path, elements: readonly any[]): boolean {
  const name = path.at(-1) ?? '';
  if (name === 'env') return elements.some((each) => String(each?.value ?? '').includes('$('));
  // The load balancer controller sorts exact and prefix paths itself, and keeps the order of the others.
  if (name === 'paths') return elements.some((each) => each?.pathType === 'ImplementationSpecific');
  return alsoOrdered.has(name) || alsoOrdered.has(`${kind}.${name}`);
}

function alike(key: ListKey, ...names: string[]): Record<string, ListKey> {
  return Object.fromEntries(names.flatMap((line) => line.split(' ')).map((name) => [name, key]));
}
