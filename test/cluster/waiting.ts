import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Seconds until it is given up. */
  readonly seconds: number;
  /** Seconds between two looks. */
  readonly every?: number;
  /** What was seen last, for the message. */
  readonly seen?: () => unknown;
}

/**
 * Looks until there is something to see.
 *
 * @throws Error that says what was waited for, how long, and what was seen instead
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false | null>,
  { seconds, every = 0.2, seen }: Patience,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false && found !== null) return found;
    if (performance.now() > end) {
      const last = seen?.();
      const instead = typeof last === 'string' ? last : JSON.stringify(last);
      throw new Error(`${what}: not in ${seconds} s${last === undefined ? '' : `; last seen: ${instead}`}`);
    }
    await sleep(every * 1000);
  }
}
