import { atLeast, each, needed, type Path, type Say } from './say';

/** Judges that of a container. */
export function securityContext(of: any, at: Path, say: Say): void {
  if (!of) return;
  users(of, at, say);
  if (of.allowPrivilegeEscalation !== false) return;
  if (of.privileged) say([...at, 'privileged'], 'cannot be true while allowPrivilegeEscalation is false');
  each(of.capabilities, 'add', [...at, 'capabilities']).forEach(([capability, path]) => {
    if (capability === 'CAP_SYS_ADMIN') say(path, 'cannot be added while allowPrivilegeEscalation is false');
  });
}

/** Judges that of a pod. */
export function podSecurityContext(of: any, at: Path, say: Say): void {
  if (!of) return;
  users(of, at, say);
  each<number>(of, 'supplementalGroups', at).forEach(([group, path]) => {
    id(group, path, say);
  });
  const names = new Set<string>();
  for (const [sysctl, path] of each(of, 'sysctls', at)) {
    needed(sysctl.name, [...path, 'name'], say);
    if (sysctl.name && !/^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/.test(sysctl.name))
      say([...path, 'name'], `${JSON.stringify(sysctl.name)} is not a valid name of a sysctl`);
    if (names.has(sysctl.name)) say([...path, 'name'], `${sysctl.name} is set twice`);
    names.add(sysctl.name);
  }
}

function users(of: any, at: Path, say: Say): void {
  for (const field of ['runAsUser', 'runAsGroup', 'fsGroup']) id(of[field], [...at, field], say);
  for (const field of ['seccompProfile', 'appArmorProfile']) {
    const profile = of[field];
    if (!profile) continue;
    const path = [...at, field];
    if (!['RuntimeDefault', 'Unconfined', 'Localhost'].includes(profile.type))
      say(
        [...path, 'type'],
        `${JSON.stringify(profile.type ?? '')} is none of RuntimeDefault, Unconfined, Localhost`,
      );
    else if (profile.type === 'Localhost') needed(profile.localhostProfile, [...path, 'localhostProfile'], say);
    else if (profile.localhostProfile !== undefined)
      say([...path, 'localhostProfile'], 'can only be set with Localhost');
  }
}

function id(value: number | undefined, at: Path, say: Say): void {
  atLeast(0, { value }, ['value'], at, (_, message) => say(at, message));
  if (value !== undefined && value > 2 ** 31 - 1) say(at, `is ${value}, the most is ${2 ** 31 - 1}`);
}
