import { isScalar, parseAllDocuments, visit } from 'yaml';
import { breakCommands, cleanLines } from './neutral.ts';

/**
 * Equivalent YAML in which the runner of a workflow finds no command. A string that contains a command is written in
 * double quotes with escapes, so that the YAML can still be applied. Comments get the usual backslash.
 */
export function yamlWithoutCommands(text: string): string {
  if (isHarmless(text)) return text;
  const edits: { from: number; to: number; quoted: string }[] = [];
  for (const document of parseAllDocuments(text)) {
    visit(document, {
      Scalar(_, node) {
        if (!isScalar<unknown>(node) || typeof node.value !== 'string' || isHarmless(node.value)) return;
        const [from, to] = node.range ?? [0, 0];
        // The last line break belongs to the block.
        const end = text.slice(from, to).endsWith('\n') ? '\n' : '';
        edits.push({ from, to, quoted: `${doubleQuoted(node.value)}${end}` });
      },
    });
  }
  let rest = text;
  for (const { from, to, quoted } of edits.toSorted((left, right) => right.from - left.from)) {
    rest = rest.slice(0, from) + quoted + rest.slice(to);
  }
  return rest.split('\n').map(commentBroken).join('\n');
}

/** Neutralises comments. A line of a string that looks like a comment has nothing to change. */
function commentBroken(line: string): string {
  const clean = line.split('\t').map((part) => cleanLines(part).join(' '));
  return breakCommands(clean.join('\t'));
}

/** Whether the runner finds no command in it, with any line break and any invisible character. */
function isHarmless(text: string): boolean {
  const lines = text.split('\n').map((line) => line.replaceAll('\t', '  '));
  const clean = cleanLines(text);
  return clean.join('\n') === lines.join('\n') && clean.every((line) => breakCommands(line) === line);
}

/** Valid in YAML 1.1 and 1.2: `\u` with four digits, `\U` for characters beyond them. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text)
    .replace(
      /[\p{Cc}\p{Cf}\p{Me}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu,
      (sign) => {
        const code = (sign.codePointAt(0) ?? 0).toString(16);
        return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
      },
    )
    .replace(/(#\p{M}*#\p{M}*)\[/gu, '$1\\u005b');
}
