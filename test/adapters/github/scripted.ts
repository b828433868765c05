import { openForge } from '../../../src/adapters/github/index.ts';
import { type Place, placeIn } from '../../../src/adapters/github/job.ts';
import { type Forge, ForgeError } from '../../../src/release/forge.ts';
import type { Clock } from '../../../src/release/ports.ts';

/** GitHub as a list of answers, for what a network and a limit do; see `live.ts` for one that keeps what is written. */

export const token = 'ghs_secretOfTheJob000000000000000000000';
export const never = new AbortController().signal;
export const start = new Date('2026-11-27T15:00:00Z');

export interface TestClock extends Clock {
  /** The milliseconds of each sleep. */
  readonly slept: number[];
}

/** A clock whose sleeps pass at once. */
export function instantClock(): TestClock {
  let now = start.getTime();
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}

export function placeAt(address: string, prefix = ''): Place {
  const place = placeIn({
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SERVER_URL: address,
    GITHUB_API_URL: `${address}${prefix}`,
  });
  if ('missing' in place) throw new Error(place.missing);
  return place;
}

export interface Opened {
  readonly forge: Forge;
  readonly clock: TestClock;
  readonly lines: string[];
  readonly masked: string[];
}

export function forgeAt(address: string, { prefix = '', clock = instantClock() } = {}): Opened {
  const lines: string[] = [];
  const masked: string[] = [];
  const forge = openForge({
    place: placeAt(address, prefix),
    token,
    clock,
    log: (line) => lines.push(line),
    mask: (secret) => masked.push(secret),
  });
  return { forge, clock, lines, masked };
}

/** The ForgeError that a promise rejects with. */
export async function troubleOf(promise: Promise<unknown>): Promise<ForgeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ForgeError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
