/** Argo CD, and everything it reads for itself. */
export const argoCdNamespace = 'argocd';

/** The controller of Jenkins, and the agents that need no privilege. */
export const jenkinsNamespace = 'ci-cd';

/** Where images are built, by pods that `restricted` refuses. */
export const buildNamespace = 'ci-build';

/** Where the snapshots of Jenkins' volume are made. */
export const backupNamespace = 'backup';

/** Namespaces that exist once and have secrets of their own. */
export const clusterNamespaces = [argoCdNamespace, 'datadog', jenkinsNamespace] as const;
