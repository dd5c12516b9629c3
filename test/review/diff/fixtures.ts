import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { schemasOf } from '../../../review/check/subject';
import { judging } from '../../../review/diff/judging';
import type { DiffReport } from '../../../review/diff/report';
import { type Request, review } from '../../../review/diff/review';
import type { Comparison } from '../../../review/diff/sides';
import { settings } from '../../support/manifests';
import { root } from '../../support/root';

const folder = __dirname;

/** Names of the fixtures of a folder, without `.yaml`. */
export function fixturesIn(under: string): string[] {
  return readdirSync(join(folder, under), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(under, name.replace(/\.yaml$/, '')))
    .sort();
}

export function expectedOf(fixture: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${fixture}.json`), 'utf8'));
}

/** What a fixture's expectation says of a report: everything that a reader is told of what happens. */
export function told({ findings }: DiffReport): unknown[] {
  return findings.map(({ class: of, level, instances, path, before, after, says }) => ({
    class: of,
    level,
    ids: instances.map(({ id }) => id),
    ...(path && { path }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    says,
  }));
}

/**
 * Two states in one file: documents between `---`. One that begins with `# before` is only in the first, with `# after`
 * only in the second, others are in both. Each is an object of `dist/<namespace>/fixture/` (`cluster` when it has none; an
 * Application or AppProject of `argocd/applications/`), or of the folder that a comment names: `# in dist/production/web`.
 */
export function reviewed(fixture: string): DiffReport {
  const comparison = comparisonOf(readFileSync(join(folder, `${fixture}.yaml`), 'utf8'), fixture);
  // Whole states are judged only where the class is of them: it takes long.
  const judge = judging({ root, before: settings, after: settings, acknowledged: [], today: '2026-11-21' });
  return reviewOf(comparison, /^classes\/(fit|rule)\//.test(fixture) ? { judge } : {});
}

export function reviewOf(comparison: Comparison, more: Partial<Request> = {}): DiffReport {
  return review({
    base: { ref: 'main', commit: 'b'.repeat(40) },
    head: { commit: 'a'.repeat(40), dirty: false },
    comparison,
    kubernetes: '1.35',
    schemas: schemasOf(root),
    acknowledged: [],
    today: '2026-11-21',
    ...more,
  });
}

export function comparisonOf(text: string, name: string): Comparison {
  const [before, after] = [new Map<string, string>(), new Map<string, string>()];
  for (const document of text.split(/^---\n/m).filter((each) => each.trim())) {
    const [, only] = /^# (before|after)$/m.exec(document) ?? [];
    for (const [side, files] of [
      ['before', before],
      ['after', after],
    ] as const) {
      if (only && only !== side) continue;
      const file = fileOf(document, name);
      if (files.has(file)) throw new Error(`${name}: two documents are ${file} ${side}`);
      files.set(file, document);
    }
  }
  return between(before, after);
}

/** The comparison of two states, as git would make it. */
export function between(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Comparison {
  const files = [...new Set([...before.keys(), ...after.keys()])].sort();
  const same = files.filter((file) => before.get(file) === after.get(file));
  const changed = files.filter((file) => before.get(file) !== after.get(file));
  return {
    changed: new Map(changed.map((file) => [file, { before: before.get(file), after: after.get(file) }])),
    unchanged: new Map(same.map((file) => [file, () => after.get(file) ?? ''])),
  };
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
