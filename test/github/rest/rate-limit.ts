import type { Token } from '../state/tokens.ts';
import { type Answer, type Handler, ok } from './call.ts';

const HOUR = 3_600_000;

export type Resource = 'core' | 'graphql';

/** Requests allowed per hour. */
function limitOf(token: Token | null, resource: Resource): number {
  if (token === null) return resource === 'core' ? 60 : 0;
  return token.is === 'job' ? 1000 : 5000;
}

interface Window {
  readonly reset: number;
  used: number;
}

/** Counts the requests per hour of each person, of each App's installation, and of the jobs of each repository. */
export class RateLimits {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Counts a request. Returns whether it is within the limit. */
  take(token: Token | null, resource: Resource): boolean {
    const window = this.#window(token, resource);
    if (window.used >= limitOf(token, resource)) return false;
    window.used += 1;
    return true;
  }

  /** Uncounts a request whose answer is free of charge. */
  giveBack(token: Token | null, resource: Resource): void {
    this.#window(token, resource).used -= 1;
  }

  /** Begins a new hour for everybody. */
  reset(): void {
    this.#windows.clear();
  }

  /** Uses up the limit of this hour. */
  exhaust(token: Token | null, resource: Resource): void {
    this.#window(token, resource).used = limitOf(token, resource);
  }

  overview(token: Token | null, resource: Resource) {
    const { reset, used } = this.#window(token, resource);
    const limit = limitOf(token, resource);
    return { limit, used, remaining: limit - used, reset };
  }

  headers(token: Token | null, resource: Resource): Readonly<Record<string, string>> {
    const { limit, used, remaining, reset } = this.overview(token, resource);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
    };
  }

  readonly handler: Handler = ({ token }): Answer => {
    const core = this.overview(token, 'core');
    const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
    return ok({ resources: { core, search, graphql: this.overview(token, 'graphql') }, rate: core });
  };

  #window(token: Token | null, resource: Resource): Window {
    const key = `${resource} ${ownerOf(token)}`;
    const now = this.#now().getTime();
    const known = this.#windows.get(key);
    if (known !== undefined && known.reset * 1000 > now) return known;
    const made = { reset: Math.ceil((now + HOUR) / 1000), used: 0 };
    this.#windows.set(key, made);
    return made;
  }
}

/** Whose limit a token uses: a new token of the same App or repository has no limit of its own. */
function ownerOf(token: Token | null): string {
  switch (token?.is) {
    case undefined:
      return '';
    case 'job':
      return `the jobs of ${token.repository.fullName}`;
    case 'app':
    case 'person':
      return `account ${token.account.id}`;
  }
}

/** GitHub's message for a request over the limit. */
export function exceeded(token: Token | null, request: string): string {
  const whose = token === null ? '127.0.0.1' : token.is === 'person' ? `user ID ${token.account.id}` : 'installation';
  return `API rate limit exceeded for ${whose}. If you reach out to GitHub Support for help, please include the request ID ${request}.`;
}
