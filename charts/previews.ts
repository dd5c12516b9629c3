import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Cluster, Environment } from './environments/environment';
import { parseImage } from './environments/image';
import { type AnyEnvironment, previewEnvironment } from './environments/preview-environment';
import {
  type PreviewFile,
  previewFile,
  previewFolder,
  previewNumber,
  previewPrefix,
} from './environments/previews';
import { quoted } from './environments/visible';
import { textIfThere } from './files';
import { type AppName, type Promoted, schemaOf } from './images';

/** A preview as its file and the settings have it. */
export interface LoadedPreview extends Promoted<AppName> {
  readonly number: string;
  readonly environment: AnyEnvironment;
}

/** The file of a preview, from the repository's root. */
export function fileOfPreview(number: string): string {
  return `${previewFolder}/${number}.json`;
}

/** Numbers of the previews that have a file, in order. */
export function openPreviews(root: string): string[] {
  const names = readFolder(join(root, previewFolder)).filter((name) => name.endsWith('.json'));
  return names.map((name) => name.slice(0, -'.json'.length)).sort((a, b) => Number(a) - Number(b));
}

/** @throws Error that says what the file should hold */
export function parsePreview(text: string): PreviewFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('is not JSON; ./eren preview open <number> <image> --push writes it');
  }
  const { success, issues, output } = v.safeParse(previewFile, parsed);
  if (success) return output;
  const [{ path, message, input }] = issues;
  const field = path?.map(({ key }) => String(key)).join('.') ?? '(all)';
  const says = typeof input === 'string' ? message : `${quoted(input)} is not what belongs there`;
  throw new Error(`${field}: ${says}; ./eren preview open <number> <image> --push writes the file`);
}

export function printPreview({ image, opened, pushed }: PreviewFile): string {
  return `${JSON.stringify({ image, opened, pushed }, null, 2)}\n`;
}

/**
 * Reads the previews that are open.
 *
 * @param given what is to be in files, instead of what is
 * @param problems is given what is wrong: file, field, value, remedy
 */
export function loadPreviews(
  root: string,
  { preview }: Cluster,
  environments: readonly Environment[],
  given: Readonly<Record<string, string>>,
  problems: string[],
): LoadedPreview[] {
  const files = Object.keys(given).filter((path) => path.startsWith(`${previewFolder}/`));
  const numbers = new Set([
    ...openPreviews(root),
    ...files.map((path) => path.split('/').at(-1)?.slice(0, -5) ?? ''),
  ]);
  const like = environments.find(({ name }) => name === preview?.like);
  const loaded: LoadedPreview[] = [];
  for (const number of numbers) {
    const file = fileOfPreview(number);
    const text = given[file] ?? textIfThere(join(root, file));
    if (text === undefined) continue;
    try {
      if (!preview)
        throw new Error(
          'charts/environments/cluster.ts has no preview, so none can be open; remove this file, or set preview',
        );
      if (!previewNumber.test(number)) throw new Error('is not named by the number of a pull request; remove it');
      const image = parseImage(parsePreview(text).image);
      // Without the environment that it is like there is nothing to make, and that has been told.
      if (like)
        loaded.push({
          number,
          environment: previewEnvironment(preview, like, number),
          images: { web: image, sidekiq: image, migrations: image },
          stable: {},
          schema: schemaOf(image),
        });
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  if (preview && loaded.length > preview.most)
    problems.push(
      `${previewFolder}/: holds ${loaded.length} previews, and preview.most of charts/environments/cluster.ts is ${preview.most}; close one: ./eren preview close <number> --push`,
    );
  return loaded.sort((a, b) => Number(a.number) - Number(b.number));
}

/** What a preview's name is in a pattern that all of them match. */
export function asPattern(text: string): string {
  return text === `${previewPrefix}0` ? `${previewPrefix}*` : text;
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
