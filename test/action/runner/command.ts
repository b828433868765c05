/** What the runner finds in a line of output. Names of properties are lower case: the runner compares them without case. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * Names the runner registers for every action (Runner.Worker/ActionCommandManager); anything else is a line of the log.
 * The token that ends a stop is registered while it is awaited.
 */
export const commandNames: ReadonlySet<string> = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/**
 * The runner's two readings of a line, the newer one first (Runner.Common/ActionCommand). `names` are lower case. Its
 * comparisons follow the culture, which does not see characters without a shape: they are taken out before anything is
 * looked for. Where the runner then counts them all the same, less is a command there than here.
 */
export function commandIn(line: string, names = commandNames): Command | null {
  const seen = line.replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}\0]/gu, '');
  return colons(seen, names) ?? brackets(seen, names);
}

type Codes = readonly (readonly [string, string])[];
const lineCodes: Codes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
];
const propertyCodes: Codes = [...lineCodes, ['%3A', ':'], ['%2C', ',']];
const bracketCodes: Codes = [...lineCodes, ['%5D', ']'], ['%3B', ';']];

/** `::name key=value,key=value::data`, after any white space. */
function colons(line: string, names: ReadonlySet<string>): Command | null {
  const text = line.replace(/^[\s\u0085\u180e]+/u, '');
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return null;
  const found = head(text.slice(2, end), names);
  return (
    found && {
      name: found.name,
      properties: pairs(found.rest.trim(), ',', propertyCodes),
      data: decode(text.slice(end + 2), lineCodes),
    }
  );
}

/** `##[name key=value;key=value]data`, anywhere in a line. */
function brackets(line: string, names: ReadonlySet<string>): Command | null {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return null;
  const found = head(line.slice(start + 3, end), names);
  return (
    found && {
      name: found.name,
      properties: pairs(found.rest, ';', bracketCodes),
      data: decode(line.slice(end + 1), bracketCodes),
    }
  );
}

function head(text: string, names: ReadonlySet<string>): { readonly name: string; readonly rest: string } | null {
  const space = text.indexOf(' ');
  const name = (space < 0 ? text : text.slice(0, space)).toLowerCase();
  return names.has(name) ? { name, rest: space < 0 ? '' : text.slice(space + 1) } : null;
}

/** A property without a name or without a value is none. */
function pairs(text: string, separator: string, codes: Codes): Record<string, string> {
  return Object.fromEntries(
    text.split(separator).flatMap((pair) => {
      const [, key, value] = /^=*([^=]+)=+([^=].*)$/su.exec(pair) ?? [];
      return key === undefined || value === undefined ? [] : [[key.toLowerCase(), decode(value, codes)]];
    }),
  );
}

/** `%25` goes last: what it hides is not a code. */
function decode(text: string, codes: Codes): string {
  return [...codes, ['%25', '%'] as const].reduce((all, [code, sign]) => all.replaceAll(code, sign), text);
}
