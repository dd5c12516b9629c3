import { runInNewContext } from 'node:vm';

/** Seconds in which everything together is judged that one report tells; ours takes about one. */
const most = 60;

const took = new Map<string, number>();
let [now, since] = ['', 0];

/** From here on, time is that of this rule, class or proof: when there is too much, the one that took most is named. */
export function doing(what: string): void {
  const at = performance.now();
  took.set(now, (took.get(now) ?? 0) + at - since);
  [now, since] = [what, at];
}

/**
 * Runs what may have no end, a rule with a loop or a slow pattern, until its time is over.
 *
 * @param seconds `most` when absent
 * @throws Error that names what took longest
 */
export function limited<T>(work: () => T, seconds = most): T {
  took.clear();
  [now, since] = ['comparing objects', performance.now()];
  try {
    // Only the engine itself can stop a loop that never looks at the clock.
    return runInNewContext('work()', { work }, { timeout: 1000 * seconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    doing('');
    const [[name, spent]] = [...took].sort(([, a], [, b]) => b - a) as [[string, number]];
    throw new Error(
      `${name}: took ${Math.round(spent / 1000)} of the ${seconds} s that all rules may take together, and was stopped; nothing is judged. See what the last commit made large, or what this rule does with it`,
    );
  }
}
