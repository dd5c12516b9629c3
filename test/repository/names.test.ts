import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../support/root';

const folders = ['charts', 'commands', 'review', 'systems', 'terraform-bridge'];
const files = spawnSync('git', ['ls-files', '-co', '--exclude-standard', ...folders], {
  cwd: root,
  encoding: 'utf8',
})
  .stdout.trim()
  .split('\n')
  .filter((file) => /\.(ts|mjs)$/.test(file));

/** What a module exports, by name. */
function exportsOf(text: string): string[] {
  const declared =
    /^export (?:default )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) \*?([A-Za-z_$][\w$]*)/gm;
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}(?! from)/gm)].flatMap(([, names = '']) =>
    names.split(',').flatMap((name) => /(?:\bas\s+)?(\w+)\s*$/.exec(name)?.[1] ?? []),
  );
  return [...[...text.matchAll(declared)].map(([, name = '']) => name), ...listed];
}

/** Every name that more than one file exports, with those files. */
function severalMeanings(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [file, text] of texts)
    for (const name of new Set(exportsOf(text))) found.set(name, [...(found.get(name) ?? []), file]);
  return new Map([...found].filter(([, all]) => all.length > 1));
}

const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const several = severalMeanings(texts);

test('what modules export is found, whatever its form', () => {
  const text = [
    'export const a = 1;',
    'export async function b() {}',
    'export function* c() {}',
    'export abstract class D {}',
    'export interface E {}',
    'export type F = 1;',
    'export { g, h as i };',
    "export { j } from './k';",
    'const l = 1;',
  ].join('\n');
  expect(exportsOf(text)).toEqual(['a', 'b', 'c', 'D', 'E', 'F', 'g', 'i']);
  expect(exportsOf([...texts.values()].join('\n')).length).toBeGreaterThan(800);
});

test('of what charts, Terraform and commands export, a word means one thing everywhere', () => {
  const ours = [...several].filter(([, all]) => all.some((file) => !file.startsWith('review/')));
  expect(ours).toEqual([]);
});

/** Renderings of one form, and others that were there before this was asked; no name is added. */
const inReview = new Set('Node Part github judge markdown subjectOf tables text'.split(' '));

test('of what review/ exports, no more words mean several things than do already', () => {
  const names = [...several].filter(([, all]) => all.every((file) => file.startsWith('review/')));
  expect(names.filter(([name]) => !inReview.has(name))).toEqual([]);
});

test('an import is called by its own name where the name is ours', () => {
  const ours = [...texts].filter(([file]) => !file.startsWith('review/'));
  const renamed = ours.flatMap(([file, text]) =>
    [...text.matchAll(/^import (?:type )?\{([^}]*)\} from '(\.[^']*)';/gm)].flatMap(([, names = '', from = '']) =>
      from.includes('/imports/') ? [] : [...names.matchAll(/\w+ as \w+/g)].map(([words]) => `${file}: ${words}`),
    ),
  );
  expect(renamed).toEqual([]);
});

test('a file is named by what is in it, and not by a word that fits everywhere', () => {
  const vague = /^(place|words|helpers?|utils?|misc|common|shared|lib)\.(ts|mjs)$/;
  expect(files.filter((file) => vague.test(basename(file)))).toEqual(['review/diff/render/words.ts']);
});
