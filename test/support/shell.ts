/** Words before a command that are the shell's own. */
const keywords = new Set('if then elif else fi while until do done !'.split(' '));

/**
 * The words of each command of a shell script, those in `$(…)` too, which come before the command they stand in. Quotes
 * are taken off, variables and substitutions stay as they are written; variables that are set for a command, redirections
 * and the text of here-documents are left out.
 */
export function commandsOf(script: string): string[][] {
  const commands: string[][] = [];
  let at = 0;
  /** Up to the bracket that ends a substitution, or to the end. */
  const read = (until: string) => {
    let words: string[] = [];
    let word: string | undefined;
    let redirected = false;
    const documents: string[] = [];
    const add = (text: string) => {
      word = (word ?? '') + text;
    };
    const endWord = () => {
      if (word !== undefined && !redirected && !(words.length === 0 && /^\w+=/.test(word))) words.push(word);
      if (word !== undefined) redirected = false;
      word = undefined;
    };
    const endCommand = () => {
      endWord();
      while (keywords.has(words[0] ?? '')) words.shift();
      if (words.length > 0) commands.push(words);
      words = [];
      redirected = false;
    };
    const substitution = () => {
      const from = at;
      if (script.startsWith('$((', at)) at = closing(script, at + 1);
      else {
        at += 2;
        read(')');
      }
      add(script.slice(from, at + 1));
    };
    const quoted = () => {
      add('');
      for (at += 1; at < script.length && script[at] !== '"'; at += 1)
        if (script.startsWith('$(', at)) substitution();
        else {
          if (script[at] === '\\' && /["\\$`\n]/.test(script[at + 1] ?? '')) at += 1;
          if (script[at] !== '\n' || script[at - 1] !== '\\') add(script[at] as string);
        }
    };
    const endLine = () => {
      endCommand();
      for (const end of documents.splice(0)) {
        const found = script.indexOf(`\n${end}`, at);
        if (found >= 0) at = found + 1 + end.length;
      }
    };
    for (; at < script.length && script[at] !== until; at += 1) {
      const char = script[at] as string;
      if (char === '\\') {
        at += 1;
        if (script[at] !== '\n') add(script[at] ?? '');
      } else if (char === "'") {
        const end = script.indexOf("'", at + 1);
        add(script.slice(at + 1, end));
        at = end;
      } else if (char === '"') quoted();
      else if (script.startsWith('$(', at)) substitution();
      else if (script.startsWith('${', at)) {
        const end = script.indexOf('}', at);
        add(script.slice(at, end + 1));
        at = end;
      } else if (char === '#' && word === undefined) {
        // The line's end is a command's end, so it is read next.
        const end = script.indexOf('\n', at);
        at = (end < 0 ? script.length : end) - 1;
      } else if (char === '<' || char === '>') {
        if (/^\d$/.test(word ?? '')) word = undefined;
        endWord();
        const [operator = '', end] = /^(?:<<-?\s*['"]?(\w+)['"]?|[<>]+&?-?)/.exec(script.slice(at)) ?? [];
        if (end) documents.push(end);
        else redirected = true;
        at += operator.length - 1;
      } else if (char === '\n') endLine();
      else if (/[;|&(){}]/.test(char)) endCommand();
      else if (/\s/.test(char)) endWord();
      else add(char);
    }
    endCommand();
  };
  read('');
  return commands;
}

/** Where the round bracket that opens at `from` closes. */
export function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}
