import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '../charts/files';
import program from '../charts/program.json';
import type { Stated, System } from '../systems/system';
import { readBlobs } from './base';
import { git } from './git';
import { chosen } from './system';

const folders = ['charts', 'terraform-bridge', 'examples', 'imports'];

/**
 * The settings as they were at a commit, by the code of that commit: node groups, limits and prices' quantities may have
 * changed with them.
 *
 * @throws Error when that code does not run with today's packages
 */
export async function settingsAt(root: string, commit: string): Promise<Stated> {
  const own = chosen().folder;
  const packages = join(root, 'node_modules');
  const folder = mkdtempSync(join(tmpdir(), `${program.name}-settings-`));
  try {
    await checkOut(commit, folder);
    // Not imported: it cannot be part of a bundle, which is what this file runs in.
    const { build } = createRequire(join(root, 'package.json'))('esbuild') as typeof import('esbuild');
    const { outputFiles } = await build({
      stdin: {
        contents: own
          ? `export { system } from './${own}system';`
          : "export { settings } from './charts/environments'; export { loadSettings } from './charts/settings';",
        resolveDir: folder,
        loader: 'ts',
      },
      bundle: true,
      nodePaths: [packages],
      platform: 'node',
      format: 'cjs',
      write: false,
      logLevel: 'silent',
    });
    const file = join(folder, 'settings.cjs');
    const module = new Module(file) as Module & { _compile(code: string, file: string): void };
    module.paths = [packages];
    module._compile(outputFiles[0]?.text ?? '', file);
    const { loadSettings, settings, system } = module.exports;
    if (own) return await (system as System).load(folder);
    // Code of a time before there were previews does not say that there are none.
    return { previews: [], ...loadSettings(folder, settings) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkOut(commit: string, folder: string): Promise<void> {
  const listed = await git('ls-tree', '-r', '-z', commit, ...folders);
  const files = listed.split('\0').flatMap((line) => {
    const [, blob, path] = /^\S+ blob (\S+)\t(.+)$/.exec(line) ?? [];
    return blob && path ? [{ blob, path }] : [];
  });
  const texts = await readBlobs(files.map(({ blob }) => blob));
  for (const [i, { path }] of files.entries()) {
    makeFolder(join(folder, dirname(path)));
    writeFileSync(join(folder, path), texts[i] as string);
  }
}
