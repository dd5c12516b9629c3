import { type ImageReference, parseReference } from '../../model/images';
import type { Path } from '../../model/path';
import { type Classify, type Draft, shared } from '../finding';
import { pairedContainers, templateIn } from '../pods';
import { riskWords } from './risk-words';

export const image: Classify = function* (change) {
  // The app's image runs in several containers of a pod; it is one change.
  yield* shared(
    pairedContainers(templateIn(change.before), templateIn(change.after)).flatMap(
      ({ name, path, before, after }) => {
        if (!after?.image || before?.image === after.image) return [];
        const draft = before?.image
          ? changed([...path, 'image'], name, before.image, after.image)
          : change.status === 'changed' || change.status === 'renamed'
            ? fresh(path, name, after.image)
            : unpinned([...path, 'image'], name, parseReference(after.image), after.image);
        return draft ? [[`${draft.level} ${draft.before} ${draft.after}`, draft]] : [];
      },
    ),
  ).values();
};

function changed(path: Path, name: string, before: string, after: string): Draft {
  const [was, is] = [parseReference(before), parseReference(after)];
  const draft = { path, before, after } as const;
  if (was.name !== is.name) {
    const registry = was.registry !== is.registry;
    return {
      ...draft,
      level: registry ? 'high' : 'warn',
      says: `container ${name} runs ${is.name}, no longer ${was.name}`,
      why: registry
        ? 'Another registry is another party that decides what runs here.'
        : 'It is another program, or another build of it.',
      fix: 'make sure of who builds it, and that the nodes may pull it',
    };
  }
  const loose = unpinned(path, name, is, after);
  if (loose && (was.digest || was.tag !== is.tag)) return { ...loose, before };
  if (was.digest && !is.digest)
    return {
      ...draft,
      class: 'guard',
      ...riskWords['no-digest'],
      says: `loosens what guards container ${name} against a tag that means another image tomorrow: its digest is gone`,
    };
  if (was.tag === is.tag)
    return {
      ...draft,
      ...riskWords['other-build'],
      says: `${is.tag ?? 'the image'} is another build: ${short(was.digest)} → ${short(is.digest)}`,
    };
  return {
    ...draft,
    level: older(was.tag, is.tag) ? 'warn' : 'info',
    says: `${was.tag ?? short(was.digest)} → ${is.tag ?? short(is.digest)}${older(was.tag, is.tag) ? ', an older one' : ''}`,
    why: 'Another version of the program.',
    fix: older(was.tag, is.tag) ? 'make sure that it gets along with the data as it is now' : 'read its changes',
  };
}

function fresh(path: Path, name: string, after: string): Draft | undefined {
  return (
    unpinned([...path, 'image'], name, parseReference(after), after) ?? {
      ...riskWords['new-container'],
      path,
      after,
      says: `container ${name} is new: ${after.replace(/@sha256:.*/, '')}`,
    }
  );
}

function unpinned(path: Path, name: string, { tag, digest }: ImageReference, after: string): Draft | undefined {
  if (digest || (tag && tag !== 'latest')) return undefined;
  return {
    ...riskWords['moving-tag'],
    path,
    after,
    says: `container ${name} runs whatever ${after} is on the day a pod starts`,
  };
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
