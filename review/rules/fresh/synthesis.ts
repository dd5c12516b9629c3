import { secretsIn } from '../../../charts/environments/secret-texts';
import { literalsOf } from '../../model/literals';
import { documentIn } from '../../model/yaml';
import type { Offence } from '../../rule';
import { rule } from '../../rule-of';

export const stale = rule('stale', function* ({ around }) {
  if (!around?.made) return;
  const { made, texts } = around;
  const differing = [...made[0]].filter(([file, text]) => texts.get(file) !== text).map(([file]) => file);
  const [file] = differing.sort();
  if (file === undefined) return;
  const more = differing.length > 1 ? `, and so do ${differing.length - 1} more` : '';
  yield { file, message: `${difference(texts.get(file), made[0].get(file) as string)}${more}; npm run synth` };
});

/** As text, and as what it says: what names a value may stand lines above it. */
function holdsSecret(text: string): boolean {
  if (secretsIn(text).length > 0) return true;
  return literalsOf(documentIn(text)).some((each) => secretsIn(each.text, each.name).length > 0);
}

function difference(committed: string | undefined, made: string): string {
  if (committed === undefined) return 'is missing';
  const [ours, theirs] = [committed.split('\n'), made.split('\n')];
  const at = theirs.findIndex((line, i) => line !== ours[i]);
  const line = at < 0 ? theirs.length : at;
  const place = `differs from what the source makes in line ${line + 1}`;
  if (holdsSecret(committed) || holdsSecret(made))
    return `${place}, of a file in which something looks like a secret`;
  return `${place}: ${JSON.stringify(ours[line] ?? '')}, not ${JSON.stringify(theirs[line] ?? '')}`;
}

export const strayFile = rule('stray-file', function* ({ around }) {
  if (!around?.made) return;
  for (const file of around.texts.keys())
    if (!around.made[0].has(file)) yield { file, message: 'is made by no chart' };
});

export const repeatable = rule('repeatable', function* ({ around }): Iterable<Offence> {
  if (!around?.made) return;
  const [first, second] = around.made;
  for (const file of new Set([...first.keys(), ...second.keys()])) {
    const [a, b] = [first.get(file), second.get(file)];
    if (a === b) continue;
    yield { file, message: a === undefined || b === undefined ? 'is made by one run only' : difference(a, b) };
  }
});
