/** What makes of a line more than one plain command: lists, pipes, redirections, substitutions, patterns. */
const SPECIAL = /[;&|<>()$`*?[\]\n]/;

/**
 * The words of a command as sh(1) splits it, without its quotes and without a comment behind it;
 * undefined if the shell would do more with it than start one program.
 */
export function shellWords(command: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < command.length; at++) {
    const char = command[at]!;
    if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '#' && word === undefined) {
      break;
    } else if (char === "'" || char === '"') {
      const quoted = readQuoted(command, at);
      if (quoted === undefined) return undefined;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      if (at + 1 === command.length) return undefined;
      word = (word ?? '') + command[++at]!;
    } else if (SPECIAL.test(char)) {
      return undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** From a quote to the next of its kind; undefined if there is none, or something is to be put in. */
function readQuoted(command: string, from: number): { text: string; end: number } | undefined {
  const quote = command[from]!;
  let text = '';
  for (let at = from + 1; at < command.length; at++) {
    const char = command[at]!;
    if (char === quote) return { text, end: at };
    if (quote === '"' && (char === '$' || char === '`')) return undefined;
    const isEscape = quote === '"' && char === '\\' && /["\\]/.test(command[at + 1] ?? '');
    text += isEscape ? command[++at]! : char;
  }
  return undefined;
}
