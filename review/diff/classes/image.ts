import { type ImageReference, parseReference } from '../../model/images';
import type { Path } from '../../model/path';
import { type Classify, type Draft, shared } from '../finding';
import { pairedContainers, templateIn } from '../pods';
import { risk } from './risk-words';

export const image: Classify = function* (change) {
  // The app's image runs in several containers of a pod; it is one change.
  yield* shared(
    pairedContainers(templateIn(change.before), templateIn(change.after)).flatMap(
      ({ name, path, before, after }) => {
        if (!after?.image || before?.image === after.image) return [];
        const at = [...path, 'image'];
        const short = after.image.replace(/@sha256:.*/, '');
        const isNew = change.status === 'changed' || change.status === 'renamed';
        const draft = before?.image
          ? changed(at, name, before.image, after.image)
          : (unpinned(at, name, parseReference(after.image), after.image) ??
            (isNew && risk('new-container', path, { after: after.image, name, image: short })));
        return draft ? [[`${draft.level} ${draft.before} ${draft.after}`, draft]] : [];
      },
    ),
  ).values();
};

function changed(path: Path, name: string, before: string, after: string): Draft {
  const [was, is] = [parseReference(before), parseReference(after)];
  const values = { before, after, name };
  if (was.name !== is.name) {
    const id = was.registry !== is.registry ? 'other-registry' : 'other-program';
    return risk(id, path, { ...values, old: was.name, now: is.name });
  }
  const loose = unpinned(path, name, is, after);
  if (loose && (was.digest || was.tag !== is.tag)) return { ...loose, before };
  if (was.digest && !is.digest) return risk('no-digest', path, values);
  const [old, now] = [short(was.digest), short(is.digest)];
  if (was.tag === is.tag) return risk('other-build', path, { ...values, tag: is.tag ?? 'the image', old, now });
  const id = older(was.tag, is.tag) ? 'older-image' : 'other-image';
  return risk(id, path, { ...values, old: was.tag ?? old, now: is.tag ?? now });
}

function unpinned(path: Path, name: string, { tag, digest }: ImageReference, after: string): Draft | undefined {
  if (digest || (tag && tag !== 'latest')) return undefined;
  return risk('moving-tag', path, { after, name });
}

function short(digest: string | undefined): string {
  return digest?.slice(0, 19) ?? 'no digest';
}

/** Only of tags that are versions; a commit has no order. */
function older(before: string | undefined, after: string | undefined): boolean {
  const numbers = (tag = '') =>
    /^v?(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(tag)
      ?.slice(1)
      .map((each) => Number(each ?? 0));
  const [was, is] = [numbers(before), numbers(after)];
  if (!was || !is) return false;
  const first = was.findIndex((each, i) => each !== is[i]);
  return first >= 0 && (is[first] ?? 0) < (was[first] ?? 0);
}
