/**
 * Foreign text made harmless: pod messages, API answers, Git text, names. Terminal and log lines, Markdown, mermaid and
 * XML each have their own way in; nothing foreign reaches a surface by another one.
 */

const LINE_BREAK = /\r\n|[\r\n\v\f\u0085\u2028\u2029]/u;

/** Whole escape sequences, 7 and 8 bit: CSI, then the strings (OSC, DCS ...), then the two-character ones. */
const ESCAPE_SEQUENCE =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/gu;

/**
 * What is not seen: controls, bidi marks, zero-width and other ignorable characters. They go altogether, because the
 * runner compares with culture-sensitive functions, to which they are not there: `#<zero width>#[error]` is a command.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Me}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The lines of a foreign text, without anything that moves a cursor, turns the reading direction or hides itself. */
export function cleanLines(text: string): string[] {
  return text
    .toWellFormed()
    .split(LINE_BREAK)
    .map((line) => line.replace(ESCAPE_SEQUENCE, '').replaceAll('\t', '  ').replace(INVISIBLE, ''));
}

/** Foreign text as one clean line; its own lines are joined by a space. */
export function oneLine(text: string): string {
  return cleanLines(text).join(' ').trim();
}

/**
 * One line of output that the runner takes for no command: a backslash goes into `::` after leading white space and into
 * every `##[` of the line. Visible on purpose: zero-width characters don't separate anything for the runner (see above),
 * and marks above a letter may not either. Our own colour codes may be in the line already.
 */
export function breakCommands(line: string): string {
  return line
    .replace(/^((?:\s|\p{M}|\u001b\[[0-9;]*m)*):(\p{M}*):/u, '$1:$2\\:')
    .replace(/#(\p{M}*)#(\p{M}*)(?=\u001b*\[)/gu, '#$1#$2\\');
}

/** What may be written to a log or terminal for a foreign text: clean lines without commands. */
export function logLines(text: string): string[] {
  return cleanLines(text).map(breakCommands);
}

/** Foreign text as one line of a log or as the data of a workflow command: nothing in it reads as a command. */
export function logLine(text: string): string {
  return logLines(oneLine(text)).join(' ');
}

const PLAIN_TWIN: Readonly<Record<string, string>> = {
  '…': '...',
  '·': '-',
  '•': '-',
  '×': 'x',
  '→': '->',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
};

/** A clean line in ASCII: letters lose their accents, what has no twin becomes a question mark. */
export function ascii(line: string): string {
  return line
    .replace(/[…·•×→–—‘’“”]/gu, (sign) => PLAIN_TWIN[sign] ?? '?')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '?');
}

/** Every string in a value of plain data, mapped; keys and dates stay. What comes back has the shape of what went in. */
export function mapStrings<T>(value: T, map: (text: string, key: string) => string, key = ''): T {
  if (typeof value === 'string') return map(value, key) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapStrings(item, map, key)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStrings(item, map, name)])) as T;
}

const STRUCTURE = /[\\`*[\]<>&|~#!$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/**
 * Foreign text for one line of Markdown, a table's cell included. Whatever could be structure becomes an entity, which
 * Markdown never takes for structure. GitHub looks for mentions, references and addresses again in what was rendered, so
 * these are cut by a zero-width space; it is an entity too, and nothing compares this text.
 */
export function inMarkdown(text: string): string {
  return oneLine(text)
    .replace(/\s+/gu, ' ')
    .replace(STRUCTURE, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(/@/gu, '@&#8203;')
    .replace(/&#35;(?=[\p{L}\p{N}])/gu, '&#35;&#8203;')
    .replace(/gh-(?=\d)/giu, (prefix) => `${prefix}&#8203;`)
    .replace(/:(?=\/)/gu, ':&#8203;')
    .replace(/(?:www|mailto|xmpp)(?=[.:])/giu, (prefix) => `${prefix}&#8203;`)
    .replace(/^((?:\s|\p{M})*)([-+=:])/u, (_, marks: string, sign: string) => `${marks}&#${sign.charCodeAt(0)};`)
    .replace(/^(\d+)([.)])/u, (_, digits: string, sign: string) => `${digits}&#${sign.charCodeAt(0)};`);
}

/** A name or command in code letters, where it has none that end a code span or a table's cell; else plain. */
export function codeSpan(text: string): string {
  const line = breakCommands(oneLine(text));
  return line === '' || /[`|\\]/u.test(line) ? inMarkdown(text) : `\`${line}\``;
}

/** A block of foreign lines, fenced by more backticks than the text has anywhere in a row. */
export function codeFence(text: string, language = 'text'): string {
  const lines = logLines(text);
  const runs = lines.flatMap((line) => line.match(/`+/gu) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(2, ...runs) + 1);
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** Foreign text as the inside of a quoted mermaid label: all but letters, digits and a few signs are entity codes. */
export function mermaidText(text: string): string {
  return oneLine(text).replace(/[^\p{L}\p{N}\p{M} .,%/+-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

/** Foreign text as XML character data, also in an attribute's quotes, and no command for the runner where it is printed. */
export function xmlText(text: string): string {
  return oneLine(text).replace(/[<>&"'[]/gu, (sign) => `&#${sign.charCodeAt(0)};`);
}
