import type { createColors } from 'picocolors';

/** How much is said, and on what. */
export interface Terminal {
  readonly colors: ReturnType<typeof createColors>;
  /** In characters. */
  readonly width: number;
  /** Findings and the verdict only. */
  readonly quiet?: boolean;
  /** Also what is known, allowed, and covered. */
  readonly verbose?: boolean;
}

/** Lines of whole words, each with the indent; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, indent + line];
}
