/** The one of these words that somebody may have meant; nothing where none is near. */
export function closest(word, words) {
  const [best] = words.map((each) => ({ each, steps: distance(word, each) })).sort((a, b) => a.steps - b.steps);
  return best && best.steps <= Math.max(2, best.each.length / 3) ? best.each : undefined;
}

/** Letters to change, to add or to leave out (Levenshtein). */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
