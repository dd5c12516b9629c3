/** Argo CD, and everything it reads for itself. */
export const argoCdNamespace = 'argocd';

/** The controller of Jenkins, and the agents that need no privilege. */
export const jenkinsNamespace = 'ci-cd';

/** Namespaces that exist once and have secrets of their own. */
export const clusterNamespaces = [argoCdNamespace, 'datadog', jenkinsNamespace] as const;
