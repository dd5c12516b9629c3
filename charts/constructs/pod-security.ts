/** The Pod Security labels of a namespace, pinned to a minor version so that an upgrade does not change what is refused. */
export function podSecurityLabels(
  level: 'restricted' | 'baseline' | 'privileged',
  kubernetes: string,
): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const mode of ['enforce', 'audit', 'warn']) {
    labels[`pod-security.kubernetes.io/${mode}`] = level;
    labels[`pod-security.kubernetes.io/${mode}-version`] = `v${kubernetes}`;
  }
  return labels;
}
