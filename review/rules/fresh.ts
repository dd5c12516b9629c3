import type { Rule } from '../rule';
import { plainSecret } from './fresh/plain-secret';

/** The result is what the source makes, all of it, and nothing in it waits to be filled in. */
export const fresh: readonly Rule[] = [plainSecret];
