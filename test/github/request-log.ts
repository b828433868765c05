import type { Token } from './state/tokens.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** What was sent; empty for git, whose packs are no text. */
  readonly text: string;
  /** As in {@link Seen}. */
  readonly operation: string;
  /** 0 when the connection was dropped. */
  readonly status: number;
  readonly token: Token | null;
  readonly at: Date;
}

/** All requests, in the order in which they were answered. */
export class RequestLog {
  readonly all: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.all.push(request);
  }

  /** The requests of one operation. */
  of(operation: string): readonly LoggedRequest[] {
    return this.all.filter((one) => one.operation === operation);
  }

  /** The requests to REST and GraphQL, without those of git. */
  get api(): readonly LoggedRequest[] {
    return this.all.filter(({ operation }) => !operation.startsWith('smart-http/'));
  }

  /** The number of requests of each operation. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.all) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  clear(): void {
    this.all.length = 0;
  }
}
