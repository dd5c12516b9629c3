import type { Rule } from '../rule';
import { allowances } from './allowances';
import { availability } from './availability';
import { budgets } from './budgets';
import { fresh } from './fresh';
import { references } from './references';
import { schema } from './schema';
import { security } from './security';
import { traps } from './traps';

const judging = [...fresh, ...schema, ...references, ...traps, ...security, ...availability, ...budgets];

/** Every rule there is, in the order of their pages. */
export const rules: readonly Rule[] = [...judging, ...allowances(judging)];
