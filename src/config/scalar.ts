/** The value of a plain (unquoted) scalar, or why it is refused. */
export type Scalar =
  | { readonly is: 'value'; readonly value: null | boolean | number | string }
  | { readonly is: 'refused'; readonly why: string; readonly hint: string };

const words = new Map<string, null | boolean>();
for (const text of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) words.set(text, true);
for (const text of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) words.set(text, false);
for (const text of ['', '~', 'null', 'Null', 'NULL']) words.set(text, null);

const notFinite = /^(\.(nan|NaN|NAN)|[-+]?\.(inf|Inf|INF))$/;
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const decimal = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** Go's ParseFloat allows underscores between digits. */
const fraction = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/;
const signedBinary = /^0b([-+])([01]+)$/;
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint64Max = 2n ** 64n - 1n;

/** Whether a plain scalar is infinite or no number. */
export function isNotFinite(text: string): boolean {
  return notFinite.test(text);
}

/** The integer that a plain scalar is, also where a double can not hold it; null for everything else. */
export function exactInteger(text: string): bigint | null {
  return /^[-+0-9]/.test(text) ? integerOf(text.replaceAll('_', '')) : null;
}

/**
 * The value of a plain scalar by kubectl's rules (go.yaml.in/yaml/v2, which reads YAML 1.1 with additions of Go's
 * strconv): `0644` and `0o644` are 420, `yes` and `on` are booleans, `1_000` is 1000, dates and `1:30` stay text.
 * Values that JSON or a double can't represent are refused. kubectl refuses the first too; it keeps the second.
 */
export function resolvePlain(text: string): Scalar {
  const word = words.get(text);
  if (word !== undefined) return value(word);
  if (notFinite.test(text)) {
    return {
      is: 'refused',
      why: `${text} is not a number that JSON can hold`,
      hint: 'quote it if it is meant as text',
    };
  }
  if (text.startsWith('.')) return fraction.test(text) ? float(text.replaceAll('_', ''), text) : value(text);
  if (!/^[-+0-9]/.test(text)) return value(text);

  const whole = exactInteger(text);
  if (whole !== null) {
    if (whole > BigInt(Number.MAX_SAFE_INTEGER) || whole < BigInt(Number.MIN_SAFE_INTEGER)) {
      return {
        is: 'refused',
        why: 'the number has more digits than can be kept exactly',
        hint: 'quote it if it is meant as text; integers go up to 9007199254740991',
      };
    }
    return value(Number(whole));
  }
  const plain = text.replaceAll('_', '');
  return decimal.test(plain) ? float(plain, text) : value(text);
}

/** Parses like Go's ParseInt(text, 0, 64), then ParseUint; null when both fail. */
function integerOf(plain: string): bigint | null {
  const odd = signedBinary.exec(plain);
  if (odd !== null) return inRange(odd[1] === '-' ? '-' : '', BigInt(`0b${odd[2]}`));
  const match = integer.exec(plain);
  if (match === null) return null;
  const [, sign = '', hex, binary, octal, tens] = match;
  if (hex !== undefined) return inRange(sign, BigInt(`0x${hex}`));
  if (binary !== undefined) return inRange(sign, BigInt(`0b${binary}`));
  if (octal !== undefined) return inRange(sign, BigInt(`0o${octal}`));
  return inRange(sign, BigInt(tens ?? '0'));
}

function inRange(sign: string, magnitude: bigint): bigint | null {
  const whole = sign === '-' ? -magnitude : magnitude;
  const max = sign === '' ? uint64Max : int64.max;
  return whole >= int64.min && whole <= max ? whole : null;
}

/** A decimal outside the range of a double stays text, as in Go. */
function float(plain: string, text: string): Scalar {
  const number = Number(plain);
  return value(Number.isFinite(number) ? number : text);
}

function value(of: null | boolean | number | string): Scalar {
  return { is: 'value', value: Object.is(of, -0) ? 0 : of };
}
