/** Namespaces that exist once and have secrets of their own. */
export const clusterNamespaces = ['argocd', 'datadog', 'ci-cd'] as const;
