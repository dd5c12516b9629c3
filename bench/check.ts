// Synthesizes many environments in memory and checks them, as `npm run check` does with the committed ones:
// `bench/run.mjs` measures this as a process. Prints how many objects that were.
import { dirname } from 'node:path';
import { chartFolders } from '../charts/app';
import { settings as committed } from '../charts/environments';
import { objectsOf } from '../charts/output';
import { loadSettings } from '../charts/settings';
import { toYaml } from '../charts/yaml';
import { check } from '../review/check/check';
import { subjectOf } from '../review/check/subject';
import { parseTree } from '../review/model/tree';
import { rules } from '../review/rules';
import { manySites } from './many-sites';

const [count] = process.argv.slice(2);
const root = dirname(__dirname);
const settings = manySites(loadSettings(root, committed), Number(count));
const [first, second] = [objectsOf(chartFolders(settings)), objectsOf(chartFolders(settings))];
const texts = new Map([...first].map(([file, object]) => [file, toYaml(object)]));
const again = new Map([...second].map(([file, object]) => [file, toYaml(object)]));
// Parsed, where the command need not: the worst case.
const subject = {
  ...subjectOf(root, parseTree(texts), settings),
  around: { texts, made: [texts, again] as const, acknowledged: [], today: '2026-12-01' },
};
const { objects } = check({
  subject,
  rules,
  failOn: 'none',
  textOf: (file) => texts.get(file) ?? '',
  placed: false,
});
console.log(objects);
