/** The one of these words that somebody may have meant; nothing where none is near. */
export function closest(word: string, words: readonly string[]): string | undefined;
