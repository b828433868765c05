/** The secrets of a job. What is written is masked with those known at that moment, never afterwards. */
export interface Masks {
  /** A secret, its lines, and the forms of each: what `add-mask` and a workflow's secrets do. */
  add(secret: string): void;
  /** The text with `***` for every secret in it; secrets that overlap or touch become one. */
  hide(text: string): string;
  readonly values: readonly string[];
}

export function createMasks(): Masks {
  const values = new Set<string>();
  return {
    add(secret) {
      const lines = secret.split(/[\r\n]/).map((line) => line.trim());
      for (const one of [secret, ...lines]) for (const form of one === '' ? [] : forms(one)) values.add(form);
    },
    hide: (text) => hide(text, values),
    get values() {
      return [...values];
    },
  };
}

const base64 = (bytes: Buffer) => bytes.toString('base64');

/**
 * A value and the forms the runner knows of it (Runner.Common/HostContext registers them, DTLogging/ValueEncoders makes
 * them): there is no shortest secret, and base64 is matched whole, padding included, so that only a secret at the end of
 * what was encoded is found at the other two offsets.
 */
export function forms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const shifted = [1, 2].map((shift) => base64(bytes.length > shift ? bytes.subarray(shift) : bytes));
  const all = [
    value,
    base64(bytes),
    ...shifted,
    value.replaceAll('"', '\\"'),
    value.replaceAll("'", "''"),
    inJson(value),
    inUri(value),
    inXml(value),
    ...(value.length > 8 && /^".*"$/su.test(value) ? [value.slice(1, -1)] : []),
    ...aroundAmpersand(value),
  ];
  return [...new Set(all)].filter((form) => form !== '');
}

/** As .NET's usual JSON library escapes: also the line breaks that JSON itself allows in a string. */
function inJson(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(/[\u0085\u2028\u2029]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Everything but RFC 3986's unreserved characters. */
function inUri(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const entities: Readonly<Record<string, string>> = { '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos', '&': 'amp' };

function inXml(value: string): string {
  return value.replace(/[<>"'&]/gu, (sign) => `&${entities[sign]};`);
}

/** PowerShell colours an error from an ampersand on, which cuts a secret in two: each part of six characters or more. */
function aroundAmpersand(value: string): string[] {
  const coloured = value.indexOf('&+');
  const at = value.lastIndexOf('&');
  if (at < 0) return [];
  const parts =
    coloured >= 0
      ? [value.slice(0, coloured + 2), value.slice(coloured + 3)]
      : [value.slice(0, at + 1), value.slice(at + 1)];
  return parts.filter((part) => part.length >= 6);
}

/** Every place of every secret is looked for, overlapping ones too, and joined to ranges before anything is replaced. */
export function hide(text: string, secrets: Iterable<string>): string {
  const places: { from: number; to: number }[] = [];
  for (const secret of secrets) {
    for (let from = text.indexOf(secret); from >= 0; from = text.indexOf(secret, from + 1)) {
      places.push({ from, to: from + secret.length });
    }
  }
  let shown = '';
  let done = -1;
  for (const { from, to } of places.toSorted((a, b) => a.from - b.from)) {
    if (done < 0 || from > done) shown += `${text.slice(Math.max(done, 0), from)}***`;
    done = Math.max(done, to);
  }
  return shown + text.slice(Math.max(done, 0));
}
