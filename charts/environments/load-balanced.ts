/**
 * What load balancers send to: the port that a program listens on in its pods, and the load balancers that reach it. Charts
 * let the programs listen and route there, Terraform opens these ports and no others. `npm run check` compares the list
 * with what the Ingresses really send to.
 */
export const loadBalanced = {
  /** Puma. */
  web: { port: 3000, by: ['alb'] },
  /** The user interface, and the one path that GitHub calls. */
  jenkins: { port: 8080, by: ['alb', 'internal-alb'] },
  /** The same of Argo CD; the Service's 443 leads there. */
  'argocd-server': { port: 8080, by: ['alb', 'internal-alb'] },
} as const satisfies Record<string, { readonly port: number; readonly by: readonly Balancer[] }>;

/** The load balancers, by the security group that each has: what students and GitHub come in by, and what people do. */
export const balancers = ['alb', 'internal-alb'] as const;
export type Balancer = (typeof balancers)[number];

/** Ports that a load balancer may send to, from the smallest. */
export function openedTo(balancer: Balancer): number[] {
  const ports = Object.values(loadBalanced).flatMap(({ port, by }) =>
    (by as readonly Balancer[]).includes(balancer) ? [port] : [],
  );
  return [...new Set<number>(ports)].sort((a, b) => a - b);
}
