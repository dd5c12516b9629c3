import type { Rule } from '../rule';
import { applicationPath, uncovered } from './fresh/coverage';
import { fileOfObject, oneOwner, readable } from './fresh/files';
import { orphaned } from './fresh/orphaned';
import { placeholder, unresolved } from './fresh/placeholders';
import { plainSecret } from './fresh/plain-secret';
import { shrunk } from './fresh/shrunk';
import { repeatable, stale, strayFile } from './fresh/synthesis';

/** The result is what the source makes, all of it, and nothing in it waits to be filled in. */
export const fresh: readonly Rule[] = [
  stale,
  strayFile,
  repeatable,
  readable,
  fileOfObject,
  oneOwner,
  unresolved,
  placeholder,
  plainSecret,
  applicationPath,
  uncovered,
  shrunk,
  orphaned,
];
