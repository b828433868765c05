/**
 * Neutralises foreign text: pod messages, API answers, Git text, names. Terminal and log lines, Markdown, mermaid and XML
 * have one function each; foreign text must pass through it before it is printed there.
 */

const LINE_BREAK = /\r\n|[\r\n\v\f\u0085\u2028\u2029]/u;

/** Whole escape sequences, 7 and 8 bit: CSI, then the strings (OSC, DCS ...), then the two-character ones. */
const ESCAPE_SEQUENCE =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/gu;

/**
 * Invisible characters: controls, bidi marks, zero-width and other ignorable characters. They are removed, because the
 * runner's culture-sensitive comparison ignores them: `#<zero width>#[error]` is a command.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Me}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The lines of a foreign text, without escape sequences, bidi marks and invisible characters. */
export function cleanLines(text: string): string[] {
  return text
    .toWellFormed()
    .split(LINE_BREAK)
    .map((line) => line.replace(ESCAPE_SEQUENCE, '').replaceAll('\t', '  ').replace(INVISIBLE, ''));
}

/** Foreign text as one clean line; line breaks become spaces. */
export function oneLine(text: string): string {
  return cleanLines(text).join(' ').trim();
}

/**
 * One line of output that the runner does not read as a command: a backslash is put into `::` after leading white space,
 * and into every `##[`. A visible sign is needed, because the runner ignores zero-width characters (see above) and perhaps
 * combining marks. The line may contain our colour codes already.
 */
export function breakCommands(line: string): string {
  return line
    .replace(/^((?:\s|\p{M}|\u001b\[[0-9;]*m)*):(\p{M}*):/u, '$1:$2\\:')
    .replace(/#(\p{M}*)#(\p{M}*)(?=\u001b*\[)/gu, '#$1#$2\\');
}

/** Foreign text for a log or terminal: clean lines without commands. */
export function logLines(text: string): string[] {
  return cleanLines(text).map(breakCommands);
}

/** Foreign text as one line of a log, or as the data of a workflow command, without any command in it. */
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

/** A clean line in ASCII: accents are removed, and a character without an ASCII form becomes a question mark. */
export function ascii(line: string): string {
  return line
    .replace(/[…·•×→–—‘’“”]/gu, (sign) => PLAIN_TWIN[sign] ?? '?')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '?');
}

/**
 * Maps every string in plain data; keys and dates are not changed. The result has the type of the input, and a part in which no string
 * changes is the same object: a report of thousands of deliveries is not copied for a few.
 */
export function mapStrings<T>(value: T, map: (text: string, key: string) => string, key = ''): T {
  if (typeof value === 'string') return map(value, key) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapStrings(item, map, key));
    return items.every((item, index) => Object.is(item, value[index])) ? value : (items as T);
  }
  const before = Object.entries(value);
  const after = before.map(([name, item]) => [name, mapStrings(item, map, name)] as const);
  return after.every(([, item], index) => Object.is(item, before[index]?.[1]))
    ? value
    : (Object.fromEntries(after) as T);
}

const STRUCTURE = /[\\`*[\]<>&|~#!$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/**
 * Foreign text for one line of Markdown or one table cell. Every character that could be markup becomes an entity, which
 * Markdown never reads as markup. GitHub also finds mentions, references and addresses in the rendered text; a zero-width
 * space, written as an entity, breaks these.
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

/** A name or command as a code span; plain text when a character in it would end the code span or the table cell. */
export function codeSpan(text: string): string {
  const line = breakCommands(oneLine(text));
  return line === '' || /[`|\\]/u.test(line) ? inMarkdown(text) : `\`${line}\``;
}

/**
 * Foreign text for a chat that reads `<`, `>` and `&` as markup, as Slack does. Mentions and addresses are broken by a
 * zero-width space.
 */
export function chatText(text: string): string {
  return chatEscaped(
    oneLine(text)
      .replace(/@/gu, '@\u200b')
      .replace(/:(?=\/)/gu, ':\u200b'),
  );
}

/** A command as code in a chat, to be copied; plain text where a backtick would end the code. */
export function chatCode(text: string): string {
  return text.includes('`') ? chatText(text) : `\`${chatEscaped(oneLine(text))}\``;
}

function chatEscaped(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const ADDRESS = /^https?:\/\/[\w.-]+(?::\d+)?(?:\/[\w.~%@/-]*)?$/u;

/** A link with a text of ours; the text alone when the address has anything that is not plain in a link. */
export function link(text: string, address: string): string {
  return ADDRESS.test(address) ? `[${text}](${address})` : text;
}

/** A block of foreign lines in a fence with more backticks than any run in the text. */
export function codeFence(text: string, language = 'text'): string {
  const lines = logLines(text);
  const runs = lines.flatMap((line) => line.match(/`+/gu) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(2, ...runs) + 1);
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** Foreign text for a quoted mermaid label: everything but letters, digits and a few signs becomes an entity code. */
export function mermaidText(text: string): string {
  return oneLine(text).replace(/[^\p{L}\p{N}\p{M} .,%/+-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

/** Foreign text as XML character data or attribute value, without text that the runner reads as a command. */
export function xmlText(text: string): string {
  return xmlEscaped(oneLine(text));
}

/** The same for a line whose white space counts, such as one of a diff. At the start of a line it may read as a command. */
export function xmlLine(text: string): string {
  return xmlEscaped(cleanLines(text).join(' '));
}

function xmlEscaped(line: string): string {
  return line.replace(/[<>&"'[]/gu, (sign) => `&#${sign.charCodeAt(0)};`);
}
