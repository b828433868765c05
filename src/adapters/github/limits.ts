import { stringAt } from '../../release/json.ts';
import type { Answer } from './answer.ts';
import { graphqlErrors } from './graphql.ts';

/** What GitHub asks for where a limit comes without a time. */
const UNTOLD = 60_000;

/**
 * How many milliseconds GitHub wants to be left alone, where the answer is a limit of requests; null for any other answer.
 * A primary limit says when it is reset, a secondary one may say how long to wait. GraphQL has both with status 200 too.
 */
export function limitOf(answer: Answer, now: Date): number | null {
  const { headers } = answer;
  if (!isLimit(answer)) return null;
  return Math.max(1000, retryAfter(headers, now) ?? untilReset(headers, now) ?? UNTOLD);
}

function isLimit({ status, headers, data }: Answer): boolean {
  if (status === 429) return true;
  if (status === 403) {
    const spent = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
    return spent || saysLimit(stringAt(data, 'message') ?? '');
  }
  return (
    status === 200 && graphqlErrors(data).some(({ type, message }) => type === 'RATE_LIMITED' || saysLimit(message))
  );
}

function saysLimit(message: string): boolean {
  return /\brate limit|abuse detection/i.test(message);
}

/** The milliseconds of Retry-After, which is in seconds or a date. */
export function retryAfter(headers: Answer['headers'], now: Date): number | null {
  const text = headers['retry-after'] ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  return Number.isNaN(until) ? null : Math.max(0, until - timeOf(headers, now));
}

function untilReset(headers: Answer['headers'], now: Date): number | null {
  const reset = headers['x-ratelimit-reset'] ?? '';
  if (headers['x-ratelimit-remaining'] !== '0' || !/^\d{1,12}$/.test(reset)) return null;
  return Math.max(0, Number(reset) * 1000 - timeOf(headers, now));
}

/** GitHub's time, which its moments are in. */
function timeOf(headers: Answer['headers'], now: Date): number {
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? now.getTime() : date;
}
