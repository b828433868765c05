/**
 * The words of a command in which only spaces and plain quotes have a meaning; null where anything else of a shell could.
 */
export function splitWords(command: string): readonly string[] | null {
  const words: string[] = [];
  let rest = command.trim();
  while (rest !== '') {
    const [all = '', word] = /^((?:"[^"\\$`\n]*"|'[^'\n]*'|[\w./:=@%+,~-])+)(?:\s+|$)/.exec(rest) ?? [];
    if (word === undefined) return null;
    words.push(word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
    rest = rest.slice(all.length);
  }
  return words;
}
