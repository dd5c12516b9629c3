import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { secretsIn } from '../../charts/environments/secret-texts';
import { literalsOf } from '../../review/model/literals';

/** What in a folder of other people's manifests is taken for a secret, for a person to judge: a line each. */
export function alarmsIn(folder: string): {
  readonly objects: number;
  readonly texts: number;
  readonly found: string[];
} {
  const found: string[] = [];
  let [objects, texts] = [0, 0];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ya?ml$/.test(name) || !statSync(join(folder, name)).isFile()) continue;
    for (const object of manifestsOf(readFileSync(join(folder, name), 'utf8'))) {
      objects++;
      for (const { path, name: called, text } of literalsOf(object)) {
        texts++;
        for (const { what, from, to } of secretsIn(text, called))
          found.push(
            `${name} ${path.join('.')}: ${what}: ${JSON.stringify(text.slice(Math.max(0, from - 20), to).slice(0, 80))}`,
          );
      }
    }
  }
  return { objects, texts, found };
}

/** A Secret holds some by its nature, and a definition only names fields. Templates are not YAML. */
function manifestsOf(text: string): unknown[] {
  try {
    return (loadAll(text) as { kind?: unknown; apiVersion?: unknown }[]).filter(
      (each) =>
        typeof each?.apiVersion === 'string' &&
        typeof each.kind === 'string' &&
        !['Secret', 'CustomResourceDefinition'].includes(each.kind),
    );
  } catch {
    return [];
  }
}
