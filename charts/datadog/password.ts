/** The variable of an agent that holds a password of an environment; also its key in the agent's Secret. */
export function passwordVariable(of: 'PGBOUNCER' | 'DATABASE' | 'REDIS', environment: string): string {
  return `${of}_PASSWORD_${environment.toUpperCase().replaceAll('-', '_')}`;
}
