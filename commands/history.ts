import type { Image } from '../charts/environments/image';
import { git, gitObjects } from './git';

/**
 * Every image a file has held on this branch, the last one first, each as often as it came. What counts is what the file
 * held: a revert, a merge and a change by hand say so as well as this repository's own commands.
 *
 * @param current what the file holds now, committed or not
 */
export async function imagesOf(file: string, current: string | undefined): Promise<Image[]> {
  const { parseImage } = await import('../charts/environments/image');
  const listed = await git('rev-list', '--first-parent', 'HEAD', '--', file);
  const commits = listed.split('\n').filter(Boolean);
  const texts = await gitObjects(commits.map((commit) => `${commit}:./${file}`));
  const held: Image[] = [];
  for (const text of [current, ...texts]) {
    const image = text === undefined ? undefined : parsed(text, parseImage);
    // Removed there, of a time with another form, or from before the first build: nothing to go back to.
    if (!image || /^sha256:0+$/.test(image.digest)) continue;
    if (image.reference !== held.at(-1)?.reference) held.push(image);
  }
  return held;
}

/**
 * The images that led to the current one, which is the first; what was gone back from is left out.
 *
 * @param held as `imagesOf` gives them
 */
export function wayTo(held: readonly Image[]): Image[] {
  const way: Image[] = [];
  for (const image of held.toReversed()) {
    const before = way.findIndex(({ reference }) => reference === image.reference);
    if (before >= 0) way.length = before;
    way.push(image);
  }
  return way.reverse();
}

/** The image that was gone back from, when that is how the current one came. */
export function wentBackFrom([current, before, ...older]: readonly Image[]): Image | undefined {
  return older.some(({ reference }) => reference === current?.reference) ? before : undefined;
}

function parsed(text: string, parse: (text: string) => Image): Image | undefined {
  try {
    return parse(text.trimEnd());
  } catch {
    return undefined;
  }
}
