import { checkAnswer, checkRequest } from '../openapi/check.ts';
import type { Operation } from '../openapi/slice.ts';
import { GitHubError, notFound } from '../state/github-error.ts';
import type { Repository } from '../state/repository.ts';
import { grantsIn, sees, type Token } from '../state/tokens.ts';
import type { World } from '../state/world.ts';
import { type Answer, Call, type Handler } from './call.ts';
import { handlers } from './handlers/index.ts';
import { acceptedHeader, permissions, satisfies } from './permissions.ts';
import type { RateLimits } from './rate-limit.ts';
import type { Route } from './route.ts';

export interface RestRequest {
  readonly route: Route;
  readonly token: Token | null;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly address: string;
}

export interface Checked {
  readonly answer: Answer;
  /** Why the request or the answer does not fit GitHub's description. */
  readonly violations: readonly string[];
}

/**
 * Answers a request, and validates the request and the answer. As on GitHub a missing permission is reported before an invalid
 * request; the invalid request is a violation all the same.
 */
export function serveRest(world: World, limits: RateLimits, request: RestRequest): Checked {
  const { route, query, text } = request;
  const { operation, path } = route;
  const body = parse(text);
  if (body === MALFORMED) return { answer: failure(new GitHubError(400, 'Problems parsing JSON')), violations: [] };
  const wrong = checkRequest(operation, { path, query, body });
  const { answer, unread } = answerTo(world, limits, request, body, wrong);
  const unfit = checkAnswer(operation, answer.status, plain(answer.body));
  return {
    answer,
    violations: [
      ...wrong.map((problem) => `request to ${operation.id}: ${problem}`),
      ...unread.map((name) => `the fake ignores '${name}' of ${operation.id}: see rest/handlers`),
      ...unfit.map((problem) => `answer ${answer.status} of ${operation.id}: ${problem}`),
    ],
  };
}

function answerTo(
  world: World,
  limits: RateLimits,
  { route, token, query, address }: RestRequest,
  body: unknown,
  wrong: readonly string[],
): { readonly answer: Answer; readonly unread: readonly string[] } {
  const { operation, path } = route;
  const accepted = acceptedHeader(permissions[operation.id]);
  const headers: Readonly<Record<string, string>> =
    accepted === '' ? {} : { 'x-accepted-github-permissions': accepted };
  try {
    const repository = repositoryOf(world, token, path);
    allow(operation, token, repository);
    if (wrong.length > 0) throw new GitHubError(422, `Invalid request.\n\n${wrong.join('\n')}`);
    const handler: Handler = operation.id === 'rate-limit/get' ? limits.handler : handlers[operation.id];
    const call = new Call({ world, token, path, query, body, address, repository });
    const answer = handler(call);
    return { answer: { ...answer, headers: { ...headers, ...answer.headers } }, unread: call.unread };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return { answer: { ...failure(error), headers: { ...headers, ...error.headers } }, unread: [] };
  }
}

/** The repository that the path names. One that the token may not read is reported as not found. */
function repositoryOf(world: World, token: Token | null, path: ReadonlyMap<string, string>): Repository | null {
  const [owner, name] = [path.get('owner'), path.get('repo')];
  if (owner === undefined || name === undefined) return null;
  const found = world.repositories.get(`${owner}/${name}`.toLowerCase());
  if (found === undefined || !sees(token, found)) throw notFound();
  return found;
}

function allow({ id, method }: Operation, token: Token | null, repository: Repository | null): void {
  const needs = permissions[id];
  if (token === null) {
    if (method !== 'GET') throw new GitHubError(401, 'Requires authentication');
    return;
  }
  if (satisfies(grantsIn(token, repository), needs)) return;
  const by = token.is === 'person' ? 'personal access token' : 'integration';
  throw new GitHubError(403, `Resource not accessible by ${by}`);
}

export function failure({ status, message, errors, headers }: GitHubError): Answer {
  const documentation_url = 'https://docs.github.com/rest';
  const body = { message, ...(errors.length > 0 ? { errors } : {}), documentation_url, status: String(status) };
  return { status, body, headers };
}

const MALFORMED = Symbol('malformed');

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return MALFORMED;
  }
}

/** The body as the client parses it: without fields that are undefined. */
function plain(body: unknown): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body));
}
