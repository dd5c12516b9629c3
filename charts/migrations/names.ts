/** What tells the snapshots of migrations from a person's; the role of the Job may delete no others. */
export const snapshotTag = { key: 'purpose', value: 'migration' } as const;

/** How the snapshots of an instance begin that a migration took. */
export function snapshotPrefix(instance: string): string {
  return `${instance}-before-`;
}
