/** What goes wrong with a request instead of being answered. */
export type Fault =
  | { readonly is: 'status'; readonly status: 500 | 502 | 503 }
  /** The connection ends without an answer. With `after`, once the request was carried out. */
  | { readonly is: 'dropped'; readonly after: boolean }
  | { readonly is: 'secondaryLimit'; readonly status: 403 | 429; readonly retryAfter: number }
  /** No request is left in this hour. */
  | { readonly is: 'primaryLimit' }
  /** Answered once this has come. */
  | { readonly is: 'slow'; readonly until: Promise<unknown> };

export interface Seen {
  readonly method: string;
  /** The operation's id in GitHub's description, `graphql`, `smart-http/upload-pack`, `smart-http/receive-pack` or `smart-http/info-refs`. */
  readonly operation: string;
}

interface Planned {
  readonly fault: Fault;
  readonly matches: (seen: Seen) => boolean;
  /** How many that match go by before. */
  skip: number;
  times: number;
}

/** Faults to come. */
export class Faults {
  #planned: Planned[] = [];
  /** Whether every request is answered with 503. */
  away = false;

  /** On the next request, or the next of this operation; `skip` lets some go by, `times` repeats it. */
  next(
    fault: Fault,
    {
      operation,
      skip = 0,
      times = 1,
    }: { readonly operation?: string; readonly skip?: number; readonly times?: number } = {},
  ): void {
    this.#planned.push({
      fault,
      skip,
      times,
      matches: (seen) => operation === undefined || seen.operation === operation,
    });
  }

  /** The fault of the n-th request from now on, counted from one. */
  nth(n: number, fault: Fault): void {
    this.next(fault, { skip: n - 1 });
  }

  clear(): void {
    this.#planned = [];
    this.away = false;
  }

  /** What is due for a request; null where it is answered. */
  take(seen: Seen): Fault | null {
    if (this.away) return { is: 'status', status: 503 };
    let due: Fault | null = null;
    for (const planned of this.#planned) {
      if (!planned.matches(seen)) continue;
      if (planned.skip > 0) planned.skip -= 1;
      else if (due === null && planned.times > 0) {
        planned.times -= 1;
        due = planned.fault;
      }
    }
    this.#planned = this.#planned.filter(({ times }) => times > 0);
    return due;
  }
}
