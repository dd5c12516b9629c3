import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { subjectOf } from '../../review/check/subject';
import { positionsIn } from '../../review/model/position';
import { parseTree } from '../../review/model/tree';
import type { Offence, Rule, Subject } from '../../review/rule';
import { settings } from '../support/manifests';
import { root } from '../support/root';

/**
 * A small repository in one file: documents between `---`, each an object of `dist/<namespace>/fixture/` (`cluster` when
 * it has none; an Application or AppProject of `argocd/applications/`), or of the folder that a comment above it names:
 * `# in dist/production/web`. A line that a rule must point at ends in `# offends`.
 */
export interface Fixture {
  readonly name: string;
  readonly subject: Subject;
  /** `offends` marks, as lines of the file. */
  readonly marked: readonly number[];
  /** Where an offence stands in the file. */
  lineOf(offence: Offence): number;
}

const folder = join(root, 'test/review');

/** Every `good*.yaml` or `bad*.yaml` of a rule. */
export function fixturesOf(rule: Rule, which: 'good' | 'bad'): Fixture[] {
  return list(`fixtures/${rule.id}`)
    .filter((name) => name.startsWith(which))
    .map((name) => read(`fixtures/${rule.id}/${name}`));
}

export function corpus(): Fixture[] {
  return list('corpus')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => read(`corpus/${name}`));
}

export function textOf(fixture: string): string {
  return readFileSync(join(folder, fixture), 'utf8');
}

export function list(under: string): string[] {
  return existsSync(join(folder, under)) ? readdirSync(join(folder, under)).sort() : [];
}

function read(name: string): Fixture {
  const text = textOf(name);
  const texts = new Map<string, string>();
  const firstLines = new Map<string, number>();
  let line = 0;
  for (const document of text.split(/^---\n/m)) {
    const file = fileOf(document, name);
    if (texts.has(file)) throw new Error(`${name}: two documents are ${file}`);
    texts.set(file, document);
    firstLines.set(file, line);
    line += document.split('\n').length;
  }
  const lineOf = (offence: Offence) => {
    const [file, path] = 'manifest' in offence ? [offence.manifest.file, offence.path] : [offence.file, []];
    return (firstLines.get(file) ?? Number.NaN) + positionsIn(texts.get(file) ?? '')(path).line;
  };
  const marked = text.split('\n').flatMap((each, i) => (each.endsWith('# offends') ? [i + 1] : []));
  return { name, subject: subjectOf(root, parseTree(texts), settings), marked, lineOf };
}

function fileOf(document: string, name: string): string {
  const { kind, metadata } = (load(document) ?? {}) as any;
  if (!kind || !metadata?.name) throw new Error(`${name}: a document has no kind or name`);
  const usual = /^App(lication|Project)$/.test(kind)
    ? 'argocd/applications'
    : `dist/${metadata.namespace ?? 'cluster'}/fixture`;
  const [, chosen] = /^# in (\S+)$/m.exec(document) ?? [];
  return `${chosen ?? usual}/${kind}.${metadata.name}.yaml`;
}
