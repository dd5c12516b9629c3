import { loadAll } from 'js-yaml';
import { plainDocument } from '../../charts/plain-yaml';

/** An API server takes no object of more than 1.5 MiB (etcd's limit of a request); what is written beside that is blanks. In characters. */
export const longest = 3 * 2 ** 20;

/**
 * Every document of a text; one that is empty is not there.
 *
 * @throws Error in one line: what is wrong, in which line
 */
export function documentsIn(text: string): unknown[] {
  if (text.length > longest)
    throw new Error(`holds ${text.length} characters, and an object of ours at most ${longest}; split it`);
  const plain = plainDocument(text);
  let documents = [plain];
  try {
    // An alias makes a few lines into any number of objects, and synth writes none. Depth ends at 100.
    if (plain === undefined)
      documents = loadAll(text, { maxAliases: 0 }).filter((each) => each !== undefined && each !== null);
  } catch (error) {
    // Below the first line it shows the text, which may hold a secret and is there to be opened.
    const [message = ''] = (error as Error).message.split('\n');
    throw new Error(
      message
        .replace(
          'aliases exceeded maxAliases (0)',
          'an alias (*name) is not read here; write out what it stands for',
        )
        .replace(/nesting exceeded maxDepth/, 'fields are nested deeper than the most that is read'),
    );
  }
  const found = unsayableIn(documents);
  if (found) throw new Error(`has a field ${found}, which no object of ours has; give it another name`);
  return documents;
}

/** A map with one of these of its own cannot be made a text: whatever says its value would end with a TypeError. */
const unsayable = ['toString', 'valueOf'];

function unsayableIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = Array.isArray(value) ? undefined : unsayable.find((name) => Object.hasOwn(value, name));
  if (own) return own;
  for (const inner of Object.values(value)) {
    const found = unsayableIn(inner);
    if (found) return found;
  }
  return undefined;
}

/** The document of a text that another object holds; nothing where it is not YAML, which another rule tells. */
export function documentIn(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return documentsIn(text)[0];
  } catch {
    return undefined;
  }
}
