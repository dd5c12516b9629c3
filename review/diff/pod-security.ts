import type { Pods } from './pods';
import { asList, containersIn } from './pods';

/** The levels of the Pod Security Standards, the strictest first. */
export const podSecurityLevels = ['restricted', 'baseline', 'privileged'] as const;
export type PodSecurityLevel = (typeof podSecurityLevels)[number];

/** What keeps pods from a level, in words: `container web may run as root`. */
export interface Violation {
  /** The strictest level that still allows it. */
  readonly allowedBy: PodSecurityLevel;
  readonly says: string;
}

const baselineCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
const restrictedVolumes = new Set(
  'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' '),
);
const safeSysctls = new Set(
  (
    'kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range ' +
    'net.ipv4.ip_unprivileged_port_start net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time ' +
    'net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem net.ipv4.tcp_wmem'
  ).split(' '),
);
const seLinuxTypes = new Set([
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
  '',
  undefined,
]);

/** Everything that pod-security-admission 1.35 would name, of all containers. */
export function violationsOf(pods: Pods): Violation[] {
  const { spec } = pods;
  const found: Violation[] = [];
  const forbid = (when: boolean, allowedBy: PodSecurityLevel, says: string) => {
    if (when) found.push({ allowedBy, says });
  };
  const own = spec.securityContext ?? {};
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    forbid(spec[field] === true, 'privileged', `the pods share the node’s ${field.slice(4)} namespace`);
  for (const volume of asList(spec.volumes)) {
    const type = Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
    forbid(type === 'hostPath', 'privileged', `volume ${volume.name} is the node’s own ${volume.hostPath?.path}`);
    forbid(
      type !== 'hostPath' && !restrictedVolumes.has(type),
      'baseline',
      `volume ${volume.name} is of the type ${type}`,
    );
  }
  for (const { name } of asList(own.sysctls))
    forbid(!safeSysctls.has(name), 'privileged', `the pods set the sysctl ${name}`);
  for (const { name, container } of containersIn(pods))
    judge(name, container, own, spec.hostUsers === false, forbid);
  return found;
}

/** The strictest level that the pods still meet. */
export function podSecurityLevel(violations: readonly Violation[]): PodSecurityLevel {
  const rank = violations.map(({ allowedBy }) => podSecurityLevels.indexOf(allowedBy));
  return podSecurityLevels[Math.max(0, ...rank)] ?? 'privileged';
}

function judge(
  name: string,
  { securityContext: own = {}, ports, ...container }: any,
  pod: any,
  ownUsers: boolean,
  forbid: (when: boolean, allowedBy: PodSecurityLevel, says: string) => void,
): void {
  const who = `container ${name}`;
  const { add = [], drop = [] } = own.capabilities ?? {};
  const options = { ...pod.seLinuxOptions, ...own.seLinuxOptions };
  const seccomp = own.seccompProfile?.type ?? pod.seccompProfile?.type;
  const user = own.runAsUser ?? pod.runAsUser;
  forbid(own.privileged === true, 'privileged', `${who} is privileged`);
  for (const capability of add) {
    forbid(!baselineCapabilities.has(capability), 'privileged', `${who} gains the capability ${capability}`);
    forbid(
      baselineCapabilities.has(capability) && capability !== 'NET_BIND_SERVICE',
      'baseline',
      `${who} gains the capability ${capability}`,
    );
  }
  for (const { hostPort } of asList(ports))
    forbid(Boolean(hostPort), 'privileged', `${who} takes port ${hostPort} of the node`);
  forbid(seccomp === 'Unconfined', 'privileged', `${who} runs without seccomp`);
  forbid((own.procMount ?? 'Default') !== 'Default' && !ownUsers, 'privileged', `${who} sees an unmasked /proc`);
  forbid(
    !seLinuxTypes.has(options.type) || Boolean(options.user || options.role),
    'privileged',
    `${who} sets SELinux options`,
  );
  const armor = own.appArmorProfile?.type ?? pod.appArmorProfile?.type;
  forbid(armor === 'Unconfined', 'privileged', `${who} runs without AppArmor`);
  forbid(
    own.windowsOptions?.hostProcess === true || pod.windowsOptions?.hostProcess === true,
    'privileged',
    `${who} runs as a process of the host`,
  );
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    for (const how of ['httpGet', 'tcpSocket'])
      forbid(Boolean(container[probe]?.[how]?.host), 'privileged', `${who} is probed at another host`);
  forbid(
    own.allowPrivilegeEscalation !== false,
    'baseline',
    `${who} may gain privileges (allowPrivilegeEscalation)`,
  );
  forbid(!drop.includes('ALL'), 'baseline', `${who} does not drop ALL capabilities`);
  const nonRoot = own.runAsNonRoot ?? pod.runAsNonRoot;
  forbid(nonRoot !== true && !ownUsers, 'baseline', `${who} may run as root`);
  forbid(user === 0 && !ownUsers, 'baseline', `${who} runs as user 0`);
  forbid(
    !['RuntimeDefault', 'Localhost', 'Unconfined'].includes(seccomp),
    'baseline',
    `${who} has no seccomp profile`,
  );
}
