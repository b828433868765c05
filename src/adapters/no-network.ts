/** The variables in which programs look for a proxy. */
export const proxies = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];

/** A proxy address on which nothing listens: every request through it fails. */
const nowhere = 'http://127.0.0.1:1';

/** Proxy variables that make requests to every other host fail. Requests to loopback addresses use no proxy. */
export function onlyTo(hosts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(proxies.map((name) => [name, /^no_proxy$/i.test(name) ? hosts.join(',') : nowhere]));
}
