import type { Rule } from '../rule';

export const budgets: readonly Rule[] = [];
