/** A failure of one request. */
export type Fault =
  | { readonly is: 'status'; readonly status: 500 | 502 | 503 }
  /** The connection is closed without an answer; with `after`, only once the request has been carried out. */
  | { readonly is: 'dropped'; readonly after: boolean }
  | { readonly is: 'secondaryLimit'; readonly status: 403 | 429; readonly retryAfter: number }
  /** The rate limit of this hour is used up. */
  | { readonly is: 'primaryLimit' }
  /** The answer waits until this promise has settled. */
  | { readonly is: 'slow'; readonly until: Promise<unknown> };

export interface Seen {
  readonly method: string;
  /** The operation id of GitHub's description; or `graphql`, `smart-http/info-refs`, `-/upload-pack`, `-/receive-pack`, `unknown`. */
  readonly operation: string;
}

interface Planned {
  readonly fault: Fault;
  readonly matches: (seen: Seen) => boolean;
  /** Matching requests that are answered first. */
  skip: number;
  times: number;
}

/** The faults that tests have planned. */
export class Faults {
  #planned: Planned[] = [];
  #awayFrom: string | null = null;
  /** Every request is answered with 503. */
  away = false;

  /** Plans a fault for the next request, or the next of one operation. `skip` lets that many pass first; `times` repeats the fault. */
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

  /** Plans a fault for the n-th request from now, counted from one. */
  nth(n: number, fault: Fault): void {
    this.next(fault, { skip: n - 1 });
  }

  /** Answers the next request of an operation, and every request after it, with 503. */
  awayFrom(operation: string): void {
    this.#awayFrom = operation;
  }

  clear(): void {
    this.#planned = [];
    this.#awayFrom = null;
    this.away = false;
  }

  /** The fault planned for this request; null when it is to be answered. */
  take(seen: Seen): Fault | null {
    if (seen.operation === this.#awayFrom) {
      this.#awayFrom = null;
      this.away = true;
    }
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
