// Synthesizes many environments in memory and checks them, as `npm run check` does with the committed ones:
// `bench/run.mjs` measures this as a process. Prints how many objects that were.

import { dirname } from 'node:path';
import { chartFolders } from '../charts/app';
import { settings as committed } from '../charts/environments';
import { loadSettings } from '../charts/settings';
import { madeTwice } from '../charts/twice';
import { check } from '../review/check/check';
import { subjectOf } from '../review/check/subject';
import { parseTree } from '../review/model/tree';
import { rules } from '../review/rules';
import { manySites } from './many-sites';

const [count] = process.argv.slice(2);
const root = dirname(__dirname);
const settings = manySites(loadSettings(root, committed), Number(count));
madeTwice(() => chartFolders(settings)).then(({ objects: known, made: texts, again }) => {
  // As the command does: what was just printed is not parsed.
  const tree = parseTree(texts, (file) => known.get(file));
  const subject = {
    ...subjectOf(root, tree, settings),
    around: { texts, made: [texts, again] as const, acknowledged: [], today: '2026-12-01' },
  };
  const textOf = (file: string) => texts.get(file) ?? '';
  const { objects } = check({ subject, rules, failOn: 'none', textOf, placed: false });
  console.log(objects);
});
