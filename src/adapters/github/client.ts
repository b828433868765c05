import type { ForgeError, ForgeTrouble } from '../../release/forge.ts';
import { type JsonObject, objectAt } from '../../release/json.ts';
import type { Clock } from '../../release/ports.ts';
import type { Answer, Request } from './answer.ts';
import type { Place } from './job.ts';
import { failed, judge } from './judge.ts';
import type { Send } from './octokit.ts';
import type { Operation } from './operations.ts';

/** How often a request is repeated that had no answer, and the milliseconds before the first time; then twice as many. */
const REPEATS = 3;
const FIRST_WAIT = 1000;
/** How many milliseconds one run waits for limits, all in all. */
const LONGEST_WAIT = 60_000;
/** Milliseconds between two writes, as GitHub asks for. */
const BETWEEN_WRITES = 1000;
/** How many answers are kept for conditional requests. */
const KEPT = 200;

export interface Rest {
  readonly method: Request['method'];
  /** From the address of the API on; made with `path`. */
  readonly url: string;
  readonly query?: Request['query'];
  readonly body?: object;
  /** Statuses outside 2xx that the caller handles itself; any other one is an error. */
  readonly accept?: readonly number[];
  /** Whether a write may be sent again after a failure: executed twice, it leaves the same result as once. */
  readonly repeatable?: boolean;
}

/** Requests to one repository of GitHub, with retries, limits and pauses. Throws ForgeError. */
export interface Client {
  readonly place: Place;
  /** How many requests were sent that count: an unchanged answer (304) costs nothing at GitHub. */
  readonly sent: number;
  /** A REST request. Reads are conditional, and repeated; writes come one after another. */
  rest(operation: Operation, request: Rest, signal: AbortSignal): Promise<Answer>;
  /** The `data` of a query. */
  query(operation: Operation, document: string, variables: object, signal: AbortSignal): Promise<JsonObject>;
  /** The `data` of a mutation. */
  mutate(operation: Operation, document: string, variables: object, signal: AbortSignal): Promise<JsonObject>;
  /** An error in one line: what could not be done and why, with GitHub's text at its end. */
  failed(operation: Operation, trouble: ForgeTrouble, why: string, text?: string): ForgeError;
}

export interface ClientOptions {
  readonly place: Place;
  readonly clock: Clock;
  readonly send: Send;
  /** Replaces the token in a text that GitHub sent. */
  hide(text: string): string;
  log(line: string): void;
}

export function openClient({ place, clock, send, hide, log }: ClientOptions): Client {
  let sent = 0;
  let waited = 0;
  let wroteAt = Number.NEGATIVE_INFINITY;
  let writing: Promise<unknown> = Promise.resolve();
  const kept = new Map<string, { readonly etag: string; readonly answer: Answer }>();

  interface Plan {
    readonly operation: Operation;
    readonly accept: readonly number[];
    readonly graphql: boolean;
    readonly repeatable: boolean;
  }

  /** Sends until there is an answer that can be used, or an error that stays. */
  async function ask(request: Request, { repeatable, ...plan }: Plan, signal: AbortSignal): Promise<Answer> {
    const asked = { ...plan, title: place.title, hide };
    for (let repeats = 0; ; ) {
      sent += 1;
      const outcome = await send(request, signal);
      if (outcome.is === 'answer' && outcome.answer.status === 304) sent -= 1;
      const verdict = judge(asked, outcome, clock.now());
      switch (verdict.is) {
        case 'good':
          return verdict.answer;
        case 'final':
          throw verdict.error;
        case 'limited':
          await pause(verdict.wait, verdict.error, signal);
          break;
        case 'passing':
          if (!repeatable || repeats === REPEATS) throw verdict.error;
          if (verdict.wait === null) await clock.sleep(FIRST_WAIT * 2 ** repeats, signal);
          else await pause(verdict.wait, verdict.error, signal);
          repeats += 1;
          break;
      }
    }
  }

  /** Waits as long as GitHub asks for; throws the error when that would take too long. */
  async function pause(wait: number, error: ForgeError, signal: AbortSignal): Promise<void> {
    if (waited + wait > LONGEST_WAIT) throw error;
    waited += wait;
    log(`${place.title}: waits ${Math.ceil(wait / 1000)} s, as GitHub asks`);
    await clock.sleep(wait, signal);
  }

  /** Runs writes one after another, with a pause between them. */
  async function inTurn<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = writing;
    const mine = (async () => {
      await before;
      const since = clock.now().getTime() - wroteAt;
      if (since < BETWEEN_WRITES) await clock.sleep(BETWEEN_WRITES - Math.max(0, since), signal);
      try {
        return await write();
      } finally {
        wroteAt = clock.now().getTime();
      }
    })();
    writing = mine.catch(() => {});
    return await mine;
  }

  async function read(request: Request, plan: Plan, signal: AbortSignal): Promise<Answer> {
    const key = JSON.stringify([request.url, request.query]);
    const known = kept.get(key);
    if (known === undefined) return keep(key, await ask(request, plan, signal));
    const conditional = { ...request, headers: { 'if-none-match': known.etag } };
    const answer = await ask(conditional, { ...plan, accept: [...plan.accept, 304] }, signal);
    return answer.status === 304 ? known.answer : keep(key, answer);
  }

  function keep(key: string, answer: Answer): Answer {
    kept.delete(key);
    const { etag } = answer.headers;
    if (etag === undefined || answer.status !== 200) return answer;
    kept.set(key, { etag, answer });
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  }

  async function rest(operation: Operation, asked: Rest, signal: AbortSignal): Promise<Answer> {
    const { method, url, query = {}, body, accept = [], repeatable = false } = asked;
    const request = { method, url, query, ...(body === undefined ? {} : { body }) };
    const plan = { operation, accept, graphql: false, repeatable };
    if (method === 'GET') return read(request, { ...plan, repeatable: true }, signal);
    return inTurn(() => ask(request, plan, signal), signal);
  }

  const graphql = async (operation: Operation, body: object, repeatable: boolean, signal: AbortSignal) => {
    const request = { method: 'POST', url: place.graphql, query: {}, body } as const;
    const answer = await ask(request, { operation, accept: [], graphql: true, repeatable }, signal);
    return objectAt(answer.data, 'data');
  };

  return {
    place,
    get sent() {
      return sent;
    },
    rest,

    query: (operation, query, variables, signal) => graphql(operation, { query, variables }, true, signal),
    mutate: (operation, query, variables, signal) =>
      inTurn(() => graphql(operation, { query, variables }, false, signal), signal),
    failed: (operation, trouble, why, text = '') => failed({ operation, title: place.title, hide }, trouble, why, text),
  };
}
