import { lookup as resolve } from 'node:dns';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { inputError } from '../release/error.ts';
import type { Webhook } from '../release/ports.ts';

/** How long a message may take. Milliseconds. */
const TIMEOUT = 5_000;

/** Addresses at which no chat is: this machine, its neighbours on the link, and the services that a cloud has there. */
const refused = new BlockList();
refused.addSubnet('0.0.0.0', 8, 'ipv4');
refused.addSubnet('127.0.0.0', 8, 'ipv4');
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addAddress('::', 'ipv6');
refused.addAddress('::1', 'ipv6');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addAddress('fd00:ec2::254', 'ipv6');

export interface WebhookOptions {
  /** What the address is called in messages, which never have the address itself. */
  readonly name: string;
  /** For tests: plain HTTP to 127.0.0.1. */
  readonly allowLoopback?: boolean;
  /** For tests: how long a message may take. Milliseconds. */
  readonly timeout?: number;
}

/** A webhook at an https address. Follows no redirect; each message has five seconds. */
export function openWebhook(address: string, options: WebhookOptions): Webhook {
  return {
    async post(message, signal) {
      await send(addressOf(address, options), JSON.stringify(message), options, signal);
    },
  };
}

/** Throws USAGE for an address that no message may go to. */
function addressOf(address: string, { name, allowLoopback = false }: WebhookOptions): URL {
  const url = URL.parse(address);
  const isTest = allowLoopback && url?.protocol === 'http:' && url.hostname === '127.0.0.1';
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (url === null || (url.protocol !== 'https:' && !isTest) || url.username !== '' || url.password !== '')
    throw inputError('USAGE', `${name} is no https address without a user`, {
      hint: 'take the address that the chat gives',
    });
  if (!isTest && isIP(host) !== 0 && isRefused(host)) throw toThisMachine(name);
  return url;
}

function isRefused(ip: string): boolean {
  return isIP(ip) === 6 ? refused.check(ip, 'ipv6') : refused.check(ip, 'ipv4');
}

function toThisMachine(name: string) {
  return inputError('USAGE', `${name} leads to this machine or its own network link`, {
    hint: 'take the address that the chat gives',
  });
}

/** Judges the addresses that are connected to: a name may lead anywhere, and to another place the next time. */
function guarded(name: string): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, '', 0);
      if (found.some(({ address }) => isRefused(address))) return done(toThisMachine(name), '', 0);
      const [first] = found;
      if (options.all === true || first === undefined) return done(null, found);
      return done(null, first.address, first.family);
    });
  };
}

function send(
  url: URL,
  body: string,
  { name, allowLoopback = false, timeout = TIMEOUT }: WebhookOptions,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const failed = (what: string) => reject(new Error(`${name}: ${what}`));
  const sent = (url.protocol === 'http:' ? plainRequest : request)(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    agent: false,
    ...(allowLoopback ? {} : { lookup: guarded(name) }),
  });
  sent.on('response', (answer) => {
    const { statusCode = 0 } = answer;
    // What it says is of no use, and could be long.
    answer.destroy();
    if (statusCode >= 200 && statusCode < 300) done();
    else failed(`the server answered ${statusCode}`);
  });
  sent.on('error', (error) => {
    if (error.name === 'StepgateError') reject(error);
    else if (error.name === 'AbortError') failed(signal.aborted ? 'cancelled' : `no answer within ${timeout / 1000} s`);
    else failed(`the server can't be reached (${'code' in error ? String(error.code) : error.name})`);
  });
  sent.end(body);
  return promise;
}
