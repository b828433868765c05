/** What the runner finds in a line of output: a command, or nothing. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Names the runner knows; anything else is a line of the log. */
const known = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'internal-set-repo-path',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/**
 * The runner's two readings of a line, the newer one first. Its comparisons follow the culture, which does not see
 * characters without a shape: they are taken out before anything is looked for.
 */
export function commandIn(line: string): Command | null {
  const seen = line.replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}\0]/gu, '');
  return colons(seen) ?? brackets(seen);
}

/** `::name key=value,key=value::data`, after any white space. */
function colons(line: string): Command | null {
  const text = line.replace(/^[\s\u0085\u180e]+/u, '');
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return null;
  const found = head(text.slice(2, end), ',', [
    ['%0D', '\r'],
    ['%0A', '\n'],
    ['%3A', ':'],
    ['%2C', ','],
  ]);
  return (
    found && {
      ...found,
      data: decode(text.slice(end + 2), [
        ['%0D', '\r'],
        ['%0A', '\n'],
      ]),
    }
  );
}

/** `##[name key=value;key=value]data`, anywhere in a line. */
function brackets(line: string): Command | null {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return null;
  const codes: Codes = [
    ['%0D', '\r'],
    ['%0A', '\n'],
    ['%5D', ']'],
    ['%3B', ';'],
  ];
  const found = head(line.slice(start + 3, end), ';', codes);
  return found && { ...found, data: decode(line.slice(end + 1), codes) };
}

type Codes = readonly (readonly [string, string])[];

function head(text: string, separator: string, codes: Codes): Omit<Command, 'data'> | null {
  const space = text.indexOf(' ');
  const name = (space < 0 ? text : text.slice(0, space)).toLowerCase();
  if (!known.has(name)) return null;
  const pairs =
    space < 0
      ? []
      : text
          .slice(space + 1)
          .trim()
          .split(separator);
  const properties = pairs.flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).toLowerCase(), decode(pair.slice(at + 1), codes)] as const];
  });
  return { name, properties: Object.fromEntries(properties) };
}

/** `%25` goes last: what it hides is not a code. */
function decode(text: string, codes: Codes): string {
  return [...codes, ['%25', '%'] as const].reduce((all, [code, sign]) => all.replaceAll(code, sign), text);
}
