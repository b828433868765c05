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
  /** Where the request or the answer does not fit GitHub's description. */
  readonly violations: readonly string[];
}

/** Answers a request to an operation, after checking it, and checks the answer. */
export function serveRest(world: World, limits: RateLimits, request: RestRequest): Checked {
  const { operation, path } = request.route;
  const body = parse(request.text);
  if (body === MALFORMED) return { answer: failure(new GitHubError(400, 'Problems parsing JSON')), violations: [] };
  const wrong = checkRequest(operation, { path, query: request.query, body });
  if (wrong.length > 0) {
    const violations = wrong.map((problem) => `request to ${operation.id}: ${problem}`);
    return { answer: failure(new GitHubError(422, `Invalid request.\n\n${wrong.join('\n')}`)), violations };
  }
  const answer = answerTo(world, limits, request, body);
  const violations = checkAnswer(operation, answer.status, plain(answer.body));
  return { answer, violations: violations.map((problem) => `answer ${answer.status} of ${operation.id}: ${problem}`) };
}

function answerTo(
  world: World,
  limits: RateLimits,
  { route, token, query, address }: RestRequest,
  body: unknown,
): Answer {
  const { operation, path } = route;
  try {
    const repository = repositoryOf(world, token, path);
    allow(operation, token, repository);
    const handler: Handler = operation.id === 'rate-limit/get' ? limits.handler : handlers[operation.id];
    return handler(new Call({ world, token, path, query, body, address, repository }));
  } catch (error) {
    if (error instanceof GitHubError) return failure(error);
    throw error;
  }
}

/** The repository that the path names; what a token does not see is not found. */
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
  const headers = { 'x-accepted-github-permissions': acceptedHeader(needs) };
  throw new GitHubError(403, `Resource not accessible by ${by}`, { headers });
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

/** As it arrives: without what JSON leaves out. */
function plain(body: unknown): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body));
}
