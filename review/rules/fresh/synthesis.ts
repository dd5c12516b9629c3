import { literalsOf } from '../../model/literals';
import { secretsIn } from '../../model/secrets';
import { documentIn } from '../../model/yaml';
import type { Offence, Rule } from '../../rule';

export const stale: Rule = {
  id: 'stale',
  about: 'files',
  level: 'critical',
  title: 'The committed files are, byte for byte, what the source makes.',
  why: 'Argo CD applies the committed files. A change of the source is not deployed until it is synthesized, and a change made by hand is lost with the next synth.',
  fix: 'Run npm run synth and commit dist/ and argocd/ with the source.',
  *check({ around }) {
    if (!around) return;
    const { made, texts } = around;
    const differing = [...made[0]].filter(([file, text]) => texts.get(file) !== text).map(([file]) => file);
    const [file] = differing.sort();
    if (file === undefined) return;
    const more = differing.length > 1 ? `, and so do ${differing.length - 1} more` : '';
    yield { file, message: `${difference(texts.get(file), made[0].get(file) as string)}${more}; npm run synth` };
  },
};

/** As text, and as what it says: what names a value may stand lines above it. */
function holdsSecret(text: string): boolean {
  if (secretsIn(text).length > 0) return true;
  return [...literalsOf(documentIn(text))].some((each) => secretsIn(each.text, each.name).length > 0);
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

export const strayFile: Rule = {
  id: 'stray-file',
  about: 'files',
  level: 'critical',
  title: 'dist/ and argocd/ hold nothing that the source does not make.',
  why: 'Argo CD applies every manifest of a folder. One that nothing makes any more stays in the cluster, and no change of the source reaches it.',
  fix: 'Run npm run synth, which removes manifests that nothing makes; remove other files by hand.',
  *check({ around }) {
    if (!around) return;
    for (const file of around.texts.keys())
      if (!around.made[0].has(file)) yield { file, message: 'is made by no chart' };
  },
};

export const repeatable: Rule = {
  id: 'repeatable',
  about: 'files',
  level: 'critical',
  title: 'Two runs of synth give the same bytes.',
  why: 'A chart that reads a clock, a random number or its own traces changes manifests that nobody changed: pods restart, and a review shows what nobody wrote.',
  fix: 'Make the chart a function of its arguments; the usual causes are Date, Math.random, and a module that keeps state.',
  *check({ around }): Iterable<Offence> {
    if (!around) return;
    const [first, second] = around.made;
    for (const file of new Set([...first.keys(), ...second.keys()])) {
      const [a, b] = [first.get(file), second.get(file)];
      if (a === b) continue;
      yield { file, message: a === undefined || b === undefined ? 'is made by one run only' : difference(a, b) };
    }
  },
};
