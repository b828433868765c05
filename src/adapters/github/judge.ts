import { ForgeError, type ForgeTrouble } from '../../release/forge.ts';
import { isObject, stringAt } from '../../release/json.ts';
import type { Answer, Outcome } from './answer.ts';
import { type GraphqlError, graphqlErrors, isAbsence } from './graphql.ts';
import { limitOf, retryAfter } from './limits.ts';
import { type Operation, operations } from './operations.ts';

/** What a request has come to. */
export type Verdict =
  | { readonly is: 'good'; readonly answer: Answer }
  /** GitHub executed nothing, and wants to be left alone for some milliseconds. */
  | { readonly is: 'limited'; readonly wait: number; readonly error: ForgeError }
  /** Later it may succeed. Whether a write was executed is unknown. `wait`: GitHub named a time. */
  | { readonly is: 'passing'; readonly wait: number | null; readonly error: ForgeError }
  | { readonly is: 'final'; readonly error: ForgeError };

export interface Asked {
  readonly operation: Operation;
  /** The repository in messages, for example `github.com/acme/shop`. */
  readonly title: string;
  /** Replaces the token in a text that GitHub sent. */
  hide(text: string): string;
  readonly graphql: boolean;
  /** Statuses outside 2xx that the caller handles itself; any other one is an error. */
  readonly accept: readonly number[];
}

/** The longest text of GitHub in a message. */
const LONGEST = 300;

/** What GitHub says where the repository does not allow it to the token of a job. */
const NOT_PERMITTED = /not permitted to create or approve pull requests/i;

/** What GitHub says of a setting that private repositories have only in paid plans. */
const NOT_IN_PLAN = /^upgrade to github\b/i;

export function judge(asked: Asked, outcome: Outcome, now: Date): Verdict {
  if (outcome.is === 'none') {
    const error = failed(asked, 'away', 'no answer', outcome.why);
    return outcome.lasts ? { is: 'final', error } : { is: 'passing', wait: null, error };
  }
  const { answer } = outcome;
  const { status, headers, data } = answer;
  const wait = limitOf(answer, now);
  const text = stringAt(data, 'message') ?? graphqlErrors(data)[0]?.message ?? '';
  if (wait !== null) {
    const retryAt = new Date(now.getTime() + wait);
    const why = `GitHub limits requests until ${retryAt.toISOString()}`;
    return { is: 'limited', wait, error: failed(asked, 'limited', why, text, { retryAt }) };
  }
  if (status >= 500) {
    const error = failed(asked, 'away', `GitHub answers with status ${status}`, text);
    return { is: 'passing', wait: retryAfter(headers, now), error };
  }
  if (status >= 200 && status < 300) return asked.graphql ? judgeGraphql(asked, answer) : judgeBody(asked, answer);
  if (asked.accept.includes(status)) return { is: 'good', answer };
  return { is: 'final', error: refused(asked, status, text) };
}

/** A body that is no JSON was cut off on the way, or is not GitHub's. */
function judgeBody(asked: Asked, answer: Answer): Verdict {
  const isEmpty = answer.status === 204 || answer.status === 205;
  if (isEmpty || isObject(answer.data) || Array.isArray(answer.data)) return { is: 'good', answer };
  return { is: 'passing', wait: null, error: failed(asked, 'away', 'the answer is not whole', '') };
}

function judgeGraphql(asked: Asked, answer: Answer): Verdict {
  const errors = graphqlErrors(answer.data).filter((error) => !isAbsence(error));
  const worst = errors.find(({ type }) => type === 'FORBIDDEN') ?? errors[0];
  if (worst === undefined) {
    if (isObject(answer.data) && isObject(answer.data['data'])) return { is: 'good', answer };
    return { is: 'passing', wait: null, error: failed(asked, 'away', 'the answer is not whole', '') };
  }
  if (isPassing(worst)) {
    return {
      is: 'passing',
      wait: null,
      error: failed(asked, 'away', 'GitHub answers with an error of its own', worst.message),
    };
  }
  return { is: 'final', error: graphqlError(asked, worst) };
}

function isPassing({ type, message }: GraphqlError): boolean {
  return ['INTERNAL', 'SERVICE_UNAVAILABLE'].includes(type) || /something went wrong|timed? ?out/i.test(message);
}

function graphqlError(asked: Asked, { type, message }: GraphqlError): ForgeError {
  switch (type) {
    case 'FORBIDDEN':
    case 'INSUFFICIENT_SCOPES':
      return refused(asked, 403, message);
    case 'NOT_FOUND':
      return refused(asked, 404, message);
    case 'STALE_DATA':
      return refused(asked, 409, message);
    case 'UNPROCESSABLE':
      return refused(asked, 422, message);
    default:
      return failed(asked, 'away', 'GitHub does not take the question', message);
  }
}

/** The error for a status that is neither good nor passing. */
function refused(asked: Asked, status: number, text: string): ForgeError {
  switch (status) {
    case 401:
      return failed(asked, 'unknownToken', 'GitHub does not know the token, or it has expired', text);
    case 403: {
      if (NOT_PERMITTED.test(text)) {
        const why =
          'the repository does not allow it to workflows; switch on "Allow GitHub Actions to create and approve pull requests" under Settings > Actions > General, or give the token of a GitHub App';
        return failed(asked, 'refused', why, text);
      }
      if (/\barchived\b|\bread-only\b/i.test(text))
        return failed(asked, 'refused', 'the repository is read-only', text);
      if (NOT_IN_PLAN.test(text))
        return failed(asked, 'refused', "the owner's plan does not have it for private repositories", text);
      const needs = needsOf(asked.operation);
      const why = needs === null ? 'the token may not' : `the token may not; it needs ${needs}`;
      return failed(asked, 'forbidden', why, text, needs === null ? {} : { needs });
    }
    case 404:
    case 410:
      return failed(asked, 'missing', 'it is not there, or not for this token', text);
    case 409:
      return failed(asked, 'conflict', 'it has changed meanwhile', text);
    default:
      return failed(asked, 'refused', `GitHub refuses it with status ${status}`, text);
  }
}

/** The permissions of an operation in one text; null when it needs none. */
export function needsOf(operation: Operation): string | null {
  const needs: readonly string[] = operations[operation].needs;
  return needs.length === 0 ? null : needs.join(', ');
}

/** An error of one line: what could not be done and why, with GitHub's text at its end. */
export function failed(
  { operation, title, hide }: Pick<Asked, 'operation' | 'title' | 'hide'>,
  trouble: ForgeTrouble,
  why: string,
  text: string,
  more: { readonly needs?: string; readonly retryAt?: Date } = {},
): ForgeError {
  const foreign = hide(text).replace(/\s+/gu, ' ').trim().slice(0, LONGEST).toWellFormed();
  const ours = `${title}: cannot ${operations[operation].what}: ${why}`;
  return new ForgeError(trouble, foreign === '' ? ours : `${ours}: ${foreign}`, more);
}
