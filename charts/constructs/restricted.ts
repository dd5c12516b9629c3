import * as kplus from 'cdk8s-plus-28';

/** What Pod Security's `restricted` level asks of a container, with a user of the image's own and a read-only root. */
export function restricted({ user, group }: { user: number; group: number }): kplus.ContainerSecurityContextProps {
  return {
    ensureNonRoot: true,
    user,
    group,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: [kplus.Capability.ALL] },
  };
}
