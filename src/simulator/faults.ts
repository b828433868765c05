import { conflict, Refusal } from './api/answers.ts';
import type { Api } from './api/api.ts';
import { kindOf, resourceName } from './api/kinds.ts';
import { manager } from './engine/words.ts';

/** `review`: the server is asked about the request itself (a SelfSubjectReview); a POST, but nothing is written by it. */
export type Verb = 'discover' | 'review' | 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete';

/** One request, as faults are matched and counters kept. */
export interface Call {
  readonly verb: Verb;
  /** The model's name of the kind; empty for discovery. */
  readonly kind: string;
  /** Null: all namespaces, or a kind that has none. */
  readonly namespace: string | null;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource: 'status' | null;
  readonly dryRun: boolean;
  /** The field manager; empty for what writes nothing. */
  readonly manager: string;
}

export type Fault =
  /** 409 as of an old resourceVersion; nothing is written. */
  | { readonly is: 'conflict' }
  /** 429 with Retry-After in seconds; nothing is done. */
  | { readonly is: 'busy'; readonly retryAfter: number }
  /** 500; nothing is done. */
  | { readonly is: 'broken' }
  /** The connection ends without an answer, before or after the request took effect. */
  | { readonly is: 'cut'; readonly when: 'before' | 'after' }
  /** The request takes effect at once, and is answered so many milliseconds later. */
  | { readonly is: 'slow'; readonly ms: number }
  /** E4: the status patch is answered 200, and the engine's next write, decided on before it, puts the old status back. */
  | { readonly is: 'overwritten' }
  /** The watch's connection ends after so many events. */
  | { readonly is: 'drop'; readonly after: number }
  /** The server has forgotten the version that the watch begins at: 410. */
  | { readonly is: 'gone' };

/** What a call has to be like; what is left out may be anything. */
export interface Match {
  readonly verb?: Verb | readonly Verb[];
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: 'status' | null;
  readonly dryRun?: boolean;
  readonly manager?: string;
}

/** One fault that was asked for. */
export interface Planned {
  /** How many calls have met it so far. */
  readonly met: number;
  /** Takes back what is left of it. */
  cancel(): void;
}

/** The faults that are to come, for whoever answers calls: the server on loopback, or a port in this process. */
export interface Faults {
  /** The next call (`times` calls) that match get the fault; of several that match, the one asked for first. */
  next(wanted: { readonly match?: Match; readonly fault: Fault; readonly times?: number }): Planned;
  /** Asked for each call that no planned fault matches: how a storm draws its faults. */
  draw(policy: (call: Call) => Fault | null): void;
  /** The fault of this call, used up by it; a fault that means nothing to the call never is its fault. */
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

/** Whether the fault can happen to such a call at all. */
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
  /** Whether the request took effect all the same; the client cannot know. */
  readonly effect: boolean;

  constructor(effect: boolean) {
    super(`the connection was cut ${effect ? 'after' : 'before'} the request took effect`);
    this.name = 'Cut';
    this.effect = effect;
  }
}

/**
 * Answers a call under its fault: what `perform` answers, or throws the Refusal or the Cut that the fault stands for. The
 * delay of `slow` is left to the caller, who has the clock; `drop` and `gone` are the watch's own affair.
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
      // At once, so that no pass of the engine sees what is put back.
      if (before !== undefined) api.update(call.kind, before, { manager, subresource: 'status' });
      return answered;
    }
  }
}

/** The object as a pass of the engine has read it; its write tests no version. */
function liveStatus(api: Api, { kind, namespace, name }: Call): object | undefined {
  const found = api.get(kind, namespace ?? '', name);
  if (found === undefined) return undefined;
  const { resourceVersion: _any, ...metadata } = found.metadata;
  return { ...found, metadata };
}
