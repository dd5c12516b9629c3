import type { Rule } from '../rule';

export const availability: readonly Rule[] = [];
