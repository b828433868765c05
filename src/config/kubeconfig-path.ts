/**
 * Tells a path from a kubeconfig that was given in its place. Many Actions take the content, as it is or encoded, and it
 * has credentials in it: what may be content is never printed. A path that is refused by mistake costs a rename; a
 * content that is taken for a path is shown in a log.
 */

/** Linux allows no longer path. */
const LONGEST_PATH = 4096;
const LONGEST_NAME = 255;
const LONGEST_LIST = 32_768;
/** A path that does not exist is quoted in messages up to this length. */
const LONGEST_QUOTED = 256;
/** From this length on, a text of base64 characters alone is judged by how its characters are mixed. */
const LONG = 60;

/** The hint for content in place of a path. */
export const pathHint = 'write the content to a file that only you can read, and give the path of this file';

/** Whether a text can be the path of a kubeconfig, and not its content. */
export function isKubeconfigPath(text: string): boolean {
  return text.length <= LONGEST_PATH && couldBePaths(text);
}

/** The same for a list of paths, as in KUBECONFIG. The whole text is judged before it is split at colons. */
export function areKubeconfigPaths(text: string, delimiter: string): boolean {
  return text.length <= LONGEST_LIST && couldBePaths(text) && text.split(delimiter).every(isKubeconfigPath);
}

/** A path for the message that no such file exists. */
export function shownPath(text: string): string {
  return text.length <= LONGEST_QUOTED && isKubeconfigPath(text) ? text : `of ${text.length} characters`;
}

function couldBePaths(text: string): boolean {
  const bare = unwrapped(text);
  return !isContent(bare) && !isContent(percentDecoded(bare)) && !hidesContent(bare) && !isTooLong(bare);
}

/** The text without surrounding quotes and white space. */
function unwrapped(text: string): string {
  return text.replace(/^[\s\ufeff"'`]+|[\s"'`]+$/gu, '');
}

/** Keys of a kubeconfig with a colon, as in YAML or JSON. */
const KEYS =
  /(?:^|[^\w-])(?:kind|clusters?|contexts?|users?|current-context|preferences|name|server|token|tokenFile|password|exec|certificate-authority(?:-data)?|client-(?:certificate|key)(?:-data)?)["']?\s*:[\s"'[{|>-]/iu;
const LINE_BREAK_OR_CONTROL = /[\p{Cc}\u2028\u2029\ufffd\ufeff]/u;
/** Beginnings that no path has: a scheme such as data: or https:, a PEM key, a JSON web token. */
const OTHER =
  /^[Dd][Aa][Tt][Aa]:|^[A-Za-z][A-Za-z0-9+.-]+:\/\/|apiVersion|-----BEGIN|(?<![\w-])eyJ[\w-]{10}|\\(?:x|u00)[0-9A-Fa-f]{2}/u;

/** Whether characters in a text show that it is a kubeconfig, or not a path. */
function isContent(text: string): boolean {
  return LINE_BREAK_OR_CONTROL.test(text) || text.includes('{') || OTHER.test(text) || KEYS.test(text);
}

function percentDecoded(text: string): string {
  // One broken escape must not hide the others. ASCII is enough, because the keys of a kubeconfig are ASCII.
  return text.replace(/%([0-7][0-9a-f])/giu, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** No file name is this long; every kubeconfig that is encoded without a slash is longer. */
function isTooLong(text: string): boolean {
  return text.split(/[/\\:;]/u).some((name) => Buffer.byteLength(name) > LONGEST_NAME);
}

/** Whether a text is, or looks like, a text or a compressed file in base64 or hexadecimal digits. */
function hidesContent(text: string): boolean {
  const letters = percentDecoded(text).replace(/[\s"']/gu, '');
  const after = letters.slice(letters.search(/[,:;][^,:;]*$/u) + 1);
  return [letters, after].some((one) => isHex(one) || isBase64(one)) || isSwapped(text);
}

function isHex(text: string): boolean {
  const digits = text.replace(/^0x|[:,;]/giu, '');
  return /^[0-9a-f]{24,}$/iu.test(digits) && holdsContent(Buffer.from(digits, 'hex'));
}

function isBase64(text: string): boolean {
  if (!/^[A-Za-z0-9+/_=-]{16,}$/u.test(text)) return false;
  return holdsContent(Buffer.from(text, 'base64')) || (text.length >= LONG && isMixed(text));
}

/** First bytes of gzip, zlib, bzip2, xz, zstd and zip. */
const PACKED = ['1f8b', '7801', '785e', '789c', '78da', '425a68', 'fd377a585a', '28b52ffd', '504b0304'];

function holdsContent(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 8).toString('hex');
  if (bytes.length > 40 && PACKED.some((magic) => start.startsWith(magic))) return true;
  // In UTF-16 every second byte of ASCII is zero, and a byte order mark may come first.
  const some = [...bytes.subarray(0, 192)].filter((byte) => ![0x00, 0xfe, 0xff, 0xef, 0xbb, 0xbf].includes(byte));
  const readable = some.filter(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09,
  );
  return some.length >= 10 && readable.length >= 0.95 * some.length;
}

/**
 * Whether capitals, small letters and digits are mixed as in random bytes. A path usually has a folder whose name is a word;
 * a folder that is named by a hash has only one case.
 */
function isMixed(text: string): boolean {
  if (text.split('/').some((name) => /^[a-z_-]{6,}$/u.test(name))) return false;
  const turns = text.match(/[a-z](?=[A-Z\d])|[A-Z](?=[a-z\d])|\d(?=[A-Za-z])/gu) ?? [];
  return /[a-z]/u.test(text) && /[A-Z]/u.test(text) && turns.length > 0.3 * text.length;
}

/** UTF-16 that was read in the wrong byte order: ASCII characters became characters whose low byte is zero. */
function isSwapped(text: string): boolean {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return units.length > 8 && units.filter((unit) => unit % 256 === 0).length > units.length / 2;
}
