import { manifestsOf, stacksOf } from '../systems/system';
import { git, gitConfirms, gitObjects } from './git';
import { chosen } from './system';

/** The commit that a change is compared with. */
export interface Base {
  readonly ref: string;
  readonly commit: string;
  /** Manifests and stacks with the names of their blobs. */
  readonly blobs: ReadonlyMap<string, string>;
}

/**
 * Where this branch left the other.
 *
 * @param ref absent for `origin/main`, or `main` where there is no such remote branch
 * @throws Error when the ref is given and does not exist, or has no commit in common with this one
 */
export async function findBase(ref?: string): Promise<Base | undefined> {
  // Asked at once with whether there is such a branch: git takes longer to start than to answer.
  const parted = new Map(
    (ref === undefined ? ['origin/main', 'main'] : [ref]).map((each) => [each, branchPoint(each)]),
  );
  const branch =
    ref ?? (await firstThat([...parted.keys()], (each) => gitConfirms('rev-parse', '--verify', '--quiet', each)));
  if (!branch) return undefined;
  const commit = await parted.get(branch);
  if (!commit)
    throw new Error(
      `--base ${branch}: is not a ref that has a commit in common with HEAD; name another, or run git fetch (git fetch --unshallow in a shallow clone)`,
    );
  const listed = await git('ls-tree', '-r', '-z', commit, ...manifestsOf(chosen()), stacksOf(chosen()));
  const blobs = listed
    .split('\0')
    .map((line) => /^\S+ blob (\S+)\t(.+)$/.exec(line))
    .flatMap((found) => (found ? [[found[2], found[1]] as [string, string]] : []));
  return { ref: branch, commit, blobs: new Map(blobs) };
}

/** The merge-base; undefined where git does not know the ref, or the two have no commit in common. */
function branchPoint(ref: string): Promise<string | undefined> {
  return git('merge-base', ref, 'HEAD').catch(() => undefined);
}

/** The texts of these blobs, in one process for all. */
export async function readBlobs(names: readonly string[]): Promise<string[]> {
  const texts = await gitObjects(names);
  return texts.map((text, i) => {
    if (text === undefined)
      throw new Error(`git has no blob ${names[i]}; in a partial clone, run git fetch first`);
    return text;
  });
}

async function firstThat(
  refs: readonly string[],
  is: (ref: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const ref of refs) if (await is(ref)) return ref;
  return undefined;
}
