import type { Draft } from '../finding';
import table from './risk-words.json';

type Table = typeof table;

/** Why each kind of finding matters, what to do about it, and how grave it is where that is always the same. */
export const riskWords = table as {
  readonly [Id in keyof Table]: Pick<Draft, 'why' | 'fix'> &
    (Table[Id] extends { level: string } ? Pick<Draft, 'level'> : object);
};
