export const addOns: Record<string, { repository: string; namespace: string }> = {};
