import type { Rule } from './rule';
import availability from './rules/availability/words.json';
import balancer from './rules/balancer/words.json';
import fresh from './rules/fresh/words.json';
import references from './rules/references/words.json';
import security from './rules/security/words.json';
import traps from './rules/traps/words.json';
import whole from './rules/words.json';

const table = { ...fresh, ...references, ...traps, ...balancer, ...security, ...availability, ...whole };

/** What a rule says, by its id: `words.json` beside the files of its group. */
export const ruleWords = Object.fromEntries(
  Object.entries(table).map(([id, row]) => [id, { id, ...row }]),
) as unknown as Readonly<Record<keyof typeof table, Omit<Rule, 'check'>>>;
