import type { ContainerSpec } from './kinds';
import table from './pod-security.json';
import { containersOf, handlersOf, type PodTemplate } from './pods';
import type { Steps } from './tree';

/** The levels of the Pod Security Standards, from what allows everything to what allows the least. */
export const podSecurityLevels = ['privileged', 'baseline', 'restricted'] as const;
export type PodSecurityLevel = (typeof podSecurityLevels)[number];

export function isLevel(text: unknown): text is PodSecurityLevel {
  return (podSecurityLevels as readonly unknown[]).includes(text);
}

/** One field that a level does not allow. */
export interface Violation {
  /** The lowest level that forbids it. */
  readonly level: 'baseline' | 'restricted';
  /** The id of the check in k8s.io/pod-security-admission. */
  readonly check: string;
  /** Where the field stands in the pod's spec. */
  readonly path: Steps;
  readonly message: string;
}

interface Pod extends Pick<PodTemplate, 'spec' | 'annotations'> {
  /** Minor version whose table is applied. */
  readonly version: number;
  /** Each with its place in the pod's spec. */
  readonly containers: readonly { readonly path: Steps; readonly container: ContainerSpec }[];
}

type Check = (pod: Pod) => Iterable<Omit<Violation, 'level' | 'check'>>;

const capabilities = new Set(table.capabilities.split(' '));
const volumeTypes = new Set(table.volumeTypes.split(' '));
/** Since which minor version a sysctl is safe, and a type of SELinux allowed. */
const sysctls: Readonly<Record<string, number>> = table.sysctls;
const seLinuxTypes: Readonly<Record<string, number>> = table.seLinuxTypes;

type Context = Omit<NonNullable<ContainerSpec['securityContext']>, 'procMount'>;

/** Field by field in the pod and in each container, where both have the same one. */
function* contexts({ spec, containers }: Pod): Generator<[Steps, Context]> {
  yield [['securityContext'], spec.securityContext ?? {}];
  for (const { path, container } of containers)
    yield [[...path, 'securityContext'], container.securityContext ?? {}];
}

/** A pod in a user namespace has a root of its own. */
const ownUsers = ({ spec, version }: Pod) => spec.hostUsers === false && version >= 35;

const baseline: Readonly<Record<string, Check>> = {
  *hostNamespaces({ spec }) {
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
      if (spec[field]) yield { path: [field], message: `${field} shares it with the node` };
  },
  *privileged({ containers }) {
    for (const { path, container } of containers)
      if (container.securityContext?.privileged)
        yield {
          path: [...path, 'securityContext', 'privileged'],
          message: `${container.name} is privileged: root on the node`,
        };
  },
  *capabilities_baseline({ containers }) {
    for (const { path, container } of containers) {
      const added = (container.securityContext?.capabilities?.add ?? []).filter((each) => !capabilities.has(each));
      if (added.length > 0)
        yield {
          path: [...path, 'securityContext', 'capabilities', 'add'],
          message: `${container.name} adds ${added.join(', ')}`,
        };
    }
  },
  *hostPathVolumes({ spec }) {
    for (const [i, volume] of (spec.volumes ?? []).entries())
      if (volume.hostPath)
        yield { path: ['volumes', i, 'hostPath'], message: `mounts ${volume.hostPath.path} of the node` };
  },
  *hostPorts({ containers }) {
    for (const { path, container } of containers)
      for (const [i, { hostPort }] of (container.ports ?? []).entries())
        if (hostPort)
          yield { path: [...path, 'ports', i, 'hostPort'], message: `takes port ${hostPort} of the node` };
  },
  *hostProbesAndHostLifecycle({ containers, version }) {
    for (const { path, container } of version < 34 ? [] : containers)
      for (const { path: at, by, host } of handlersOf(container))
        if (host && by !== 'grpc')
          yield { path: [...path, ...at, by, 'host'], message: `the kubelet would ask ${host}, another host` };
  },
  *appArmorProfile(pod) {
    for (const [path, { appArmorProfile }] of contexts(pod))
      if (appArmorProfile && !['RuntimeDefault', 'Localhost'].includes(appArmorProfile.type ?? ''))
        yield { path: [...path, 'appArmorProfile', 'type'], message: `AppArmor is ${appArmorProfile.type}` };
    for (const [key, value] of Object.entries(pod.annotations))
      if (key.startsWith('container.apparmor.security.beta.kubernetes.io/'))
        if (value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
          yield { path: [], message: `AppArmor is ${value}, by annotation` };
  },
  *seLinuxOptions(pod) {
    for (const [path, { seLinuxOptions = {} }] of contexts(pod)) {
      const { type = '', user, role } = seLinuxOptions;
      const since = seLinuxTypes[type];
      if (since === undefined || since > pod.version)
        yield { path: [...path, 'seLinuxOptions', 'type'], message: `SELinux type ${type}` };
      for (const [field, value] of Object.entries({ user, role }))
        if (value) yield { path: [...path, 'seLinuxOptions', field], message: `SELinux ${field} ${value}` };
    }
  },
  *procMount(pod) {
    if (ownUsers(pod)) return;
    for (const { path, container } of pod.containers) {
      const { procMount = 'Default' } = container.securityContext ?? {};
      if (procMount !== 'Default')
        yield { path: [...path, 'securityContext', 'procMount'], message: `${container.name} sees all of /proc` };
    }
  },
  *seccompProfile_baseline(pod) {
    for (const [path, { seccompProfile }] of contexts(pod))
      if (seccompProfile?.type === 'Unconfined')
        yield { path: [...path, 'seccompProfile', 'type'], message: 'every system call is allowed (Unconfined)' };
  },
  *sysctls({ spec, version }) {
    for (const [i, { name = '' }] of (spec.securityContext?.sysctls ?? []).entries())
      if ((sysctls[name] ?? Number.POSITIVE_INFINITY) > version)
        yield { path: ['securityContext', 'sysctls', i, 'name'], message: `${name} is not safe to set` };
  },
  *windowsHostProcess(pod) {
    for (const [path, { windowsOptions }] of contexts(pod))
      if (windowsOptions?.hostProcess)
        yield { path: [...path, 'windowsOptions', 'hostProcess'], message: 'is a process of the node' };
  },
};

const restricted: Readonly<Record<string, Check>> = {
  *allowPrivilegeEscalation(pod) {
    for (const { path, container } of pod.containers)
      if (container.securityContext?.allowPrivilegeEscalation !== false)
        yield {
          path: [...path, 'securityContext', 'allowPrivilegeEscalation'],
          message: `${container.name} may gain privileges (allowPrivilegeEscalation is not false)`,
        };
  },
  *capabilities_restricted(pod) {
    for (const { path, container } of pod.containers) {
      const { drop = [], add = [] } = container.securityContext?.capabilities ?? {};
      const at = [...path, 'securityContext', 'capabilities'];
      if (!drop.includes('ALL'))
        yield { path: [...at, 'drop'], message: `${container.name} does not drop ALL capabilities` };
      const added = add.filter((each) => each !== 'NET_BIND_SERVICE' && capabilities.has(each));
      if (added.length > 0) yield { path: [...at, 'add'], message: `${container.name} adds ${added.join(', ')}` };
    }
  },
  *runAsNonRoot(pod) {
    if (ownUsers(pod)) return;
    const { runAsNonRoot: ofPod } = pod.spec.securityContext ?? {};
    if (ofPod === false) yield { path: ['securityContext', 'runAsNonRoot'], message: 'may run as root' };
    for (const { path, container } of pod.containers) {
      const own = container.securityContext?.runAsNonRoot;
      // What the pod forbids or allows for all has been told once.
      if (own === false || (own === undefined && ofPod === undefined))
        yield {
          path: [...path, 'securityContext', 'runAsNonRoot'],
          message: `${container.name} may run as root (runAsNonRoot is not true)`,
        };
    }
  },
  *runAsUser(pod) {
    if (ownUsers(pod)) return;
    for (const [path, { runAsUser }] of contexts(pod))
      if (runAsUser === 0) yield { path: [...path, 'runAsUser'], message: 'runs as root (runAsUser is 0)' };
  },
  *seccompProfile_restricted(pod) {
    const allowed = (type: unknown) => type === 'RuntimeDefault' || type === 'Localhost';
    const ofPod = pod.spec.securityContext?.seccompProfile?.type;
    for (const { path, container } of pod.containers) {
      const type = container.securityContext?.seccompProfile?.type ?? ofPod;
      if (!allowed(type) && type !== 'Unconfined')
        yield {
          path: [...path, 'securityContext', 'seccompProfile'],
          message: `${container.name} has no seccomp profile`,
        };
    }
  },
  *restrictedVolumes({ spec }) {
    for (const [i, volume] of (spec.volumes ?? []).entries())
      for (const type of Object.keys(volume))
        if (type !== 'name' && type !== 'hostPath' && !volumeTypes.has(type))
          yield { path: ['volumes', i, type], message: `a volume of type ${type}` };
  },
};

/** The ids of all checks, as `covers` names them. */
export const podSecurityChecks: readonly string[] = [...Object.keys(baseline), ...Object.keys(restricted)];

/**
 * What of a pod each level forbids, by the table of the Pod Security Standards.
 *
 * @param version minor version of Kubernetes whose table is applied
 */
export function* violationsOf(
  template: Pick<PodTemplate, 'spec' | 'annotations'>,
  version: number,
): Generator<Violation> {
  const ephemeral = (template.spec.ephemeralContainers ?? []).map((container, i) => ({
    path: ['ephemeralContainers', i],
    container: container as ContainerSpec,
  }));
  const own = containersOf({ spec: template.spec }).map((each) => ({ ...each, path: each.path.slice(1) }));
  const pod = { ...template, version, containers: [...own, ...ephemeral] };
  for (const [level, of] of [
    ['baseline', baseline],
    ['restricted', restricted],
  ] as const)
    for (const [check, find] of Object.entries(of))
      for (const violation of find(pod)) yield { level, check, ...violation };
}
