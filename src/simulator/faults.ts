import { conflict, Refusal } from './api/answers.ts';
import type { Api } from './api/api.ts';
import { kindOf, resourceName } from './api/kinds.ts';
import { manager } from './engine/words.ts';

/** `review`: a SelfSubjectReview; a POST that writes nothing. */
export type Verb = 'discover' | 'review' | 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete';

/** One request, for matching faults and for counters. */
export interface Call {
  readonly verb: Verb;
  /** The model's name of the kind; empty for discovery. */
  readonly kind: string;
  /** Null: all namespaces, or a kind without namespaces. */
  readonly namespace: string | null;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource: 'status' | null;
  readonly dryRun: boolean;
  /** The field manager; empty for requests that write nothing. */
  readonly manager: string;
}

export type Fault =
  /** 409 as for an old resourceVersion; nothing is written. */
  | { readonly is: 'conflict' }
  /** 429 with Retry-After in seconds; nothing is done. */
  | { readonly is: 'busy'; readonly retryAfter: number }
  /** 500; nothing is done. */
  | { readonly is: 'broken' }
  /** The connection ends without an answer, before or after the request took effect. */
  | { readonly is: 'cut'; readonly when: 'before' | 'after' }
  /** The request takes effect at once, and is answered this many milliseconds later. */
  | { readonly is: 'slow'; readonly ms: number }
  /** E4: the status patch is answered 200, and then overwritten by a write of the engine that was decided on before. */
  | { readonly is: 'overwritten' }
  /** The watch's connection ends after this many events. */
  | { readonly is: 'drop'; readonly after: number }
  /** The server has dropped the version at which the watch begins: 410. */
  | { readonly is: 'gone' };

/** The calls to match; a missing key matches every value. */
export interface Match {
  readonly verb?: Verb | readonly Verb[];
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: 'status' | null;
  readonly dryRun?: boolean;
  readonly manager?: string;
}

/** One planned fault. */
export interface Planned {
  /** How many calls have had it. */
  readonly met: number;
  /** Cancels the remaining faults. */
  cancel(): void;
}

/** The planned faults, for the server on loopback or for a port in this process. */
export interface Faults {
  /** The next matching call (or `times` calls) gets the fault. When several faults match, the first planned one is used. */
  next(wanted: { readonly match?: Match; readonly fault: Fault; readonly times?: number }): Planned;
  /** Called for each call without a planned fault; a storm draws its random faults here. */
  draw(policy: (call: Call) => Fault | null): void;
  /** Takes the fault of this call. A fault that can't happen to the call is not used. */
  take(call: Call): Fault | null;
}

export function createFaults(): Faults {
  const planned: { match: Match; fault: Fault; left: number }[] = [];
  let policy: (call: Call) => Fault | null = () => null;
  return {
    next({ match = {}, fault, times = 1 }) {
      const entry = { match, fault, left: times };
      planned.push(entry);
      return {
        get met() {
          return times - entry.left;
        },
        cancel() {
          const index = planned.indexOf(entry);
          if (index >= 0) planned.splice(index, 1);
        },
      };
    },
    draw(given) {
      policy = given;
    },
    take(call) {
      const entry = planned.find(({ match, fault, left }) => left > 0 && matches(match, call) && concerns(fault, call));
      if (entry !== undefined) {
        entry.left -= 1;
        return entry.fault;
      }
      const drawn = policy(call);
      return drawn !== null && concerns(drawn, call) ? drawn : null;
    },
  };
}

export function matches(match: Match, call: Call): boolean {
  const { verb, ...rest } = match;
  const verbs: readonly Verb[] | undefined = typeof verb === 'string' ? [verb] : verb;
  if (verbs !== undefined && !verbs.includes(call.verb)) return false;
  return (Object.keys(rest) as (keyof typeof rest)[]).every((key) => rest[key] === call[key]);
}

const writes: readonly Verb[] = ['create', 'apply', 'patch', 'delete'];

/** Whether the fault can happen to such a call. */
function concerns(fault: Fault, call: Call): boolean {
  switch (fault.is) {
    case 'busy':
    case 'broken':
    case 'slow':
      return true;
    case 'cut':
      return fault.when === 'before' || call.verb !== 'watch';
    case 'conflict':
      return writes.includes(call.verb);
    case 'overwritten':
      return call.verb === 'patch' && call.subresource === 'status' && !call.dryRun;
    case 'drop':
    case 'gone':
      return call.verb === 'watch';
  }
}

/** The connection ended without an answer. */
export class Cut extends Error {
  /** Whether the request took effect; the client can't know. */
  readonly effect: boolean;

  constructor(effect: boolean) {
    super(`the connection was cut ${effect ? 'after' : 'before'} the request took effect`);
    this.name = 'Cut';
    this.effect = effect;
  }
}

/**
 * Answers a call with its fault: returns the result of `perform`, or throws the Refusal or the Cut of the fault. The caller
 * makes the delay of `slow`, and the watch handles `drop` and `gone`.
 */
export function answer<T>(api: Api, call: Call, fault: Fault | null, perform: () => T): T {
  switch (fault?.is) {
    case undefined:
    case 'slow':
    case 'drop':
    case 'gone':
      return perform();
    case 'conflict':
      throw conflict(resourceName(kindOf(call.kind)), call.name);
    case 'busy':
      throw new Refusal(
        429,
        'TooManyRequests',
        'the server has received too many requests and has asked us to try again later',
        { retryAfter: fault.retryAfter },
      );
    case 'broken':
      throw new Refusal(500, 'InternalError', 'Internal error occurred: a fault that was asked for');
    case 'cut':
      if (fault.when === 'after') perform();
      throw new Cut(fault.when === 'after');
    case 'overwritten': {
      const before = liveStatus(api, call);
      const answered = perform();
      // At once, so that no pass of the engine sees the approval.
      if (before !== undefined) api.update(call.kind, before, { manager, subresource: 'status' });
      return answered;
    }
  }
}

/** The object that a pass of the engine has read; the engine's write tests no version. */
function liveStatus(api: Api, { kind, namespace, name }: Call): object | undefined {
  const found = api.get(kind, namespace ?? '', name);
  if (found === undefined) return undefined;
  const { resourceVersion: _any, ...metadata } = found.metadata;
  return { ...found, metadata };
}
