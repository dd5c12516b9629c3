import type { Rule } from '../rule';

export const traps: readonly Rule[] = [];
