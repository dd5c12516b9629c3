import type { Path } from '../../model/path';
import type { Draft } from '../finding';
import access from './risks/access.json';
import data from './risks/data.json';
import workloads from './risks/workloads.json';

export const riskWords = { ...access, ...data, ...workloads };
type Table = typeof riskWords;
type Words = Pick<Draft, 'class' | 'level' | 'says' | 'why' | 'fix'>;
type Given = Partial<Draft> & Readonly<Record<string, unknown>>;

const ofDraft = ['class', 'level', 'before', 'after', 'covers', 'cause', 'restarts', 'users', 'folder'];

/**
 * One thing that a class finds. Its row in `risks/` says what happens, why it matters, what to do about it and,
 * where that is always the same, how grave it is and of which class.
 *
 * @param given values that the row's sentences name in braces, and what else the finding has
 * @throws Error at a name in braces that is not given
 */
export function risk<Id extends keyof Table>(
  id: Id,
  path: Path,
  ...[given = {}]: Table[Id] extends { level: string } ? [given?: Given] : [given: Given & Pick<Draft, 'level'>]
): Draft {
  const filled = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (!(name in given)) throw new Error(`risks/: ${id} names {${name}}, which is not given`);
      return String(given[name]);
    });
  const { says, why, fix, ...row } = riskWords[id] as Words;
  const own = Object.fromEntries(Object.entries(given).filter(([key]) => ofDraft.includes(key)));
  return { ...row, path, says: filled(says), why: filled(why), fix: filled(fix), ...own };
}
