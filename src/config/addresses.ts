import type { Parsed } from './time.ts';

const addressHint = 'write an address such as https://prom.example or http://prometheus.monitoring:9090';

/** An address of a server: http or https, without user, query and fragment. */
export function parseAddress(text: string): Parsed<string> {
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return { wrong: 'is no address of http or https', hint: addressHint };
  if (url.username !== '' || url.password !== '') {
    return {
      wrong: 'has a user in it',
      hint: 'write the address alone, and the credential with user or tokenVariable',
    };
  }
  if (/[?#]/.test(text)) return { wrong: 'has a query or a fragment', hint: addressHint };
  return { value: text };
}

/** The name of a server alone, as it stands in an address. */
export function parseHost(text: string): Parsed<string> {
  const hint = 'write the name of the server alone, such as raw.githubusercontent.com';
  if (text.includes('*')) return { wrong: 'has a *', hint: 'list every server by its whole name' };
  // Whatever else an address could have would make another text of it.
  const url = /^[a-z0-9.:[\]-]{1,253}$/.test(text) ? URL.parse(`https://${text}`) : null;
  if (url === null || url.host !== text || url.port !== '' || text.endsWith('.'))
    return { wrong: 'is no name of a server', hint };
  return { value: text };
}

/** What is filled into an address, behind its host. */
export const pagePlaceholders = ['name', 'namespace', 'release', 'step'] as const;

/** An address that is asked, with placeholders behind its host. */
export function parsePage(text: string): Parsed<string> {
  const words = [...text.matchAll(/\{([^{}]*)\}/gu)].map(([, word = '']) => word);
  const unknown = words.find((word) => !pagePlaceholders.some((one) => one === word));
  const known = pagePlaceholders.map((word) => `{${word}}`).join(' ');
  if (unknown !== undefined) return { wrong: `has the unknown {${unknown}}`, hint: `filled in are ${known}` };
  const [, host = ''] = /^[a-z]+:\/\/([^/?#]*)/iu.exec(text) ?? [];
  if (host.includes('{'))
    return { wrong: 'has a placeholder in its host', hint: 'only the policy says which host is asked' };
  const plain = parseAddress(text.replaceAll(/[{}]/gu, '').replace(/\?.*$/su, ''));
  if ('wrong' in plain) return plain;
  return text.includes('#') ? { wrong: 'has a fragment', hint: addressHint } : { value: text };
}

/** An address, or the name of an entry. */
export function parseServer(text: string): Parsed<string> {
  if (text.includes('://')) return parseAddress(text);
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text)) return { value: text };
  return { wrong: 'is neither an address nor the name of an entry of prometheus', hint: addressHint };
}

/** The name of an environment variable that the config may name: one that a workflow has set for stepgate. */
export function parseVariable(text: string): Parsed<string> {
  if (/^STEPGATE_[A-Z0-9_]{1,100}$/.test(text)) return { value: text };
  return {
    wrong: 'is no name of a variable for stepgate',
    hint: 'write a name that begins with STEPGATE_, such as STEPGATE_PROM_TOKEN, and set it in env',
  };
}

/** A file outside of the repository. */
export function parseAbsolutePath(text: string): Parsed<string> {
  const plain = text.startsWith('/') && !text.split('/').includes('..') && !/\p{Cc}/u.test(text);
  if (plain) return { value: text };
  return { wrong: 'is no absolute path', hint: 'write a path such as /var/run/secrets/prometheus/token' };
}

/** A share of a whole, as a percentage with decimals: `0.5%` is 0.005. */
export function parseShare(text: string): Parsed<number> {
  const [, number] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? [];
  const value = Number(number);
  if (number !== undefined && value <= 100) return { value: value / 100 };
  return { wrong: 'is no percentage', hint: 'write a percentage such as 1% or 0.5%' };
}

/** The longest query, in characters. */
const LONGEST_QUERY = 4096;

/** A query, which may have several lines. */
export function parseQuery(text: string): Parsed<string> {
  if (text.trim() === '') return { wrong: 'is empty', hint: 'write a query of PromQL' };
  if (text.length > LONGEST_QUERY)
    return { wrong: `is longer than ${LONGEST_QUERY} characters`, hint: 'make a recording rule of it' };
  if (/[^\P{Cc}\n\t\r]/u.test(text)) return { wrong: 'has a control character', hint: 'write plain text' };
  return { value: text };
}
