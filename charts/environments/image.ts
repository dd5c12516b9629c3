import { quoted } from './visible';

/** A container image, pinned by what cannot move: `registry/repository:tag@sha256:…`. */
export interface Image {
  readonly reference: string;
  /** With the registry. */
  readonly repository: string;
  /** Unique per build, `<sha>-<build>`: Sentry's release and the unified tag `version`. */
  readonly tag: string;
  readonly digest: string;
}

const pattern =
  /^(?=.{1,512}$)([a-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._-]+)+):([A-Za-z0-9_][\w.-]*)@(sha256:[0-9a-f]{64})$/;

/** @throws Error that says what is wrong with the value and what it should be */
export function parseImage(reference: string): Image {
  const [, repository, tag, digest] = pattern.exec(reference) ?? [];
  if (!repository || !tag || !digest)
    throw new Error(
      `${quoted(reference)} has no tag and digest; write repository:<sha>-<build>@sha256:<64 hex digits>, as \`docker buildx imagetools inspect\` prints it`,
    );
  if (tag === 'latest') throw new Error(`${quoted(reference)} is 'latest'; use the tag of a build`);
  if (tag.length > 63 || !/[A-Za-z0-9]$/.test(tag))
    throw new Error(
      `${quoted(tag)} is not a valid label value; use a tag of at most 63 characters that ends in a letter or digit`,
    );
  return { reference, repository, tag, digest };
}
