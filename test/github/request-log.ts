import type { Token } from './state/tokens.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** As in {@link Seen}; `unknown` where the tests' GitHub serves no such thing. */
  readonly operation: string;
  /** 0 where the connection was dropped. */
  readonly status: number;
  readonly token: Token | null;
  readonly at: Date;
}

/** Every request, in the order of the answers. */
export class RequestLog {
  readonly all: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.all.push(request);
  }

  /** Those of an operation. */
  of(operation: string): readonly LoggedRequest[] {
    return this.all.filter((one) => one.operation === operation);
  }

  /** Those to the REST and GraphQL APIs, which a budget counts: all but what git itself asks for. */
  get api(): readonly LoggedRequest[] {
    return this.all.filter(({ operation }) => !operation.startsWith('smart-http/'));
  }

  /** How often each operation was asked for. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.all) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  clear(): void {
    this.all.length = 0;
  }
}
