import { join } from 'node:path';
import { readText } from '../charts/files';
import type { Comparison } from '../review/diff/sides';
import { filesBelow } from '../review/model/tree';
import { manifestsOf, stacksOf } from '../systems/system';
import { findBase, readBlobs } from './base';
import { git } from './git';
import { chosen } from './system';

/** What is compared, and with what. */
export interface Revisions extends Comparison {
  readonly base: { readonly ref: string; readonly commit: string };
  /** `dirty`: the work tree holds more than this commit. */
  readonly head: { readonly commit: string; readonly dirty: boolean };
  /** Settings differ as well, by which the objects are reckoned. */
  readonly settings: boolean;
  /** Changed files that are not compared: sources, workflows, text. */
  readonly others: readonly string[];
}

/** Settings, by which objects are reckoned. */
const basis =
  /^(charts\/environments\/(.*\.ts$|previews\/.*\.json$)|terraform-bridge\/outputs\/|examples\/[^/]+\/.*\.ts$)/;

/**
 * The manifests where this branch left the base, and in the work tree with all that is not committed. Only blobs that
 * differ are read.
 *
 * @param ref a branch, tag or commit; absent for `origin/main`, or `main` where there is no such remote branch
 * @throws Error that says what git lacks
 */
export async function revisions(root: string, ref?: string): Promise<Revisions> {
  const folders = manifestsOf(chosen());
  const manifest = new RegExp(
    `^(${folders.join('|')})/.*\\.(ya?ml|json)$|^${stacksOf(chosen())}/[^/]+/.*\\.tf\\.json$`,
  );
  const asked = [
    findBase(ref),
    git('rev-parse', 'HEAD'),
    git('ls-files', '-z', '--others', '--exclude-standard'),
  ] as const;
  const [base, head, untracked] = await Promise.all(asked).catch(async (error: Error) => {
    // Its own words: dubious ownership and a wrong GIT_DIR do not mean that the repository is missing.
    await git('rev-parse', '--is-inside-work-tree').catch(({ message }: Error) => {
      throw new Error(`${message}
so there is nothing to compare with; run it in a clone that git takes`);
    });
    throw error;
  });
  if (!base)
    throw new Error('there is neither origin/main nor main to compare with; name a branch or commit with --base');
  const differing = (commit: string) =>
    git('diff', '--name-only', '-z', '--no-renames', '--relative', '--no-ext-diff', commit);
  const ofBase = differing(base.commit);
  const [changedSince, uncommitted] = await Promise.all([
    ofBase,
    base.commit === head ? ofBase : differing('HEAD'),
  ]);
  const paths = [...new Set([...changedSince.split('\0'), ...untracked.split('\0')])].filter(Boolean).sort();
  const manifests = paths.filter((path) => manifest.test(path));
  const old = manifests.filter((path) => base.blobs.has(path));
  const texts = await readBlobs(old.map((path) => base.blobs.get(path) as string));
  const before = new Map(old.map((path, i) => [path, texts[i] as string]));
  const changed = manifests
    .map((path) => [path, { before: before.get(path), after: textOf(join(root, path)) }] as const)
    .filter(([, { before, after }]) => before !== after);
  const isChanged = new Set(changed.map(([path]) => path));
  const { host } = chosen();
  const unchanged = [...folders, ...(host ? manifestsOf(host) : [])]
    .flatMap((folder) => filesBelow(root, folder))
    .filter((path) => /\.(ya?ml|json)$/.test(path) && !isChanged.has(path))
    .map((path) => [path, () => textOf(join(root, path)) ?? ''] as const);
  return {
    base: { ref: base.ref, commit: base.commit },
    head: { commit: head, dirty: uncommitted + untracked !== '' },
    changed: new Map(changed),
    unchanged: new Map(unchanged),
    settings: paths.some((path) => basis.test(path)),
    others: paths.filter((path) => !manifest.test(path)),
  };
}

function textOf(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
