import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, Faults } from './faults.ts';
import { gitOperation, serveGit } from './git/serve.ts';
import { serveGraphql } from './graphql/serve.ts';
import { RequestLog } from './request-log.ts';
import type { Answer } from './rest/call.ts';
import { exceeded, RateLimits, type Resource } from './rest/rate-limit.ts';
import { type Route, route } from './rest/route.ts';
import { failure, serveRest } from './rest/serve.ts';
import { GitHubError } from './state/github-error.ts';
import type { Token } from './state/tokens.ts';
import type { World } from './state/world.ts';

interface Request {
  readonly method: string;
  /** Without the prefix `/api/v3` of GitHub Enterprise Server. */
  readonly path: string;
  readonly prefix: string;
  readonly query: URLSearchParams;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly token: Token | null;
  /** Whether the token is unknown. */
  readonly bad: boolean;
  readonly operation: string;
  readonly rest: Route | null;
  readonly id: string;
}

/** The HTTP server: REST, GraphQL and git on one loopback port. */
export class GitHubServer {
  readonly world: World;
  readonly faults = new Faults();
  readonly log = new RequestLog();
  readonly limits: RateLimits;
  /** Requests and answers that did not fit GitHub's description, and bugs of the fake. */
  readonly violations: string[] = [];
  #server: Server | null = null;
  #port = 0;

  constructor(world: World) {
    this.world = world;
    this.limits = new RateLimits(world.now);
  }

  /** Starts listening, after a stop on the same port. */
  async start(): Promise<void> {
    const server = createServer((incoming, response) => {
      this.#answer(incoming, response).catch((error: unknown) => {
        this.violations.push(`the fake failed: ${error instanceof Error ? error.stack : String(error)}`);
        response.destroy();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const address: AddressInfo | string | null = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    this.#port = address.port;
    this.#server = server;
    this.world.url = `http://127.0.0.1:${this.#port}`;
  }

  /** Refuses connections until it is started again. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await this.#read(incoming);
    const fault = this.faults.take(request);
    if (fault?.is === 'dropped' && !fault.after) {
      this.#note(request, 0);
      response.destroy();
      return;
    }
    if (fault?.is === 'slow') await fault.until;
    const failed = fault === null ? null : this.#failed(request, fault);
    const drop = fault?.is === 'dropped';
    if (request.operation.startsWith('smart-http/')) await this.#answerGit(request, failed, response, drop);
    else this.#send(request, failed ?? (await this.#answerApi(request)), response, drop);
  }

  async #answerApi(request: Request): Promise<Answer> {
    const { token } = request;
    if (request.incoming.headers['user-agent'] === undefined) {
      return failure(
        new GitHubError(
          403,
          'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
        ),
      );
    }
    if (request.bad) return failure(new GitHubError(401, 'Bad credentials'));
    if (request.operation === 'unknown') {
      this.violations.push(`the fake does not serve ${request.method} ${request.path}: see rest/permissions.ts`);
      return failure(new GitHubError(404, 'Not Found'));
    }
    const resource = resourceOf(request);
    if (request.operation !== 'rate-limit/get' && !this.limits.take(token, resource)) {
      return failure(new GitHubError(403, exceeded(token, request.id)));
    }
    const text = request.body.toString('utf8');
    if (request.rest === null) {
      const { answer, violations } = await serveGraphql(this.world, this.limits, token, text);
      this.violations.push(...violations);
      return answer;
    }
    const { query, rest, path, prefix } = request;
    const address = `${this.world.url}${prefix}${path}`;
    const { answer, violations } = serveRest(this.world, this.limits, { route: rest, token, query, text, address });
    this.violations.push(...violations);
    return answer;
  }

  #failed({ token, id, ...request }: Request, fault: Fault): Answer | null {
    switch (fault.is) {
      case 'status':
        return failure(new GitHubError(fault.status, fault.status === 500 ? 'Server Error' : 'Unicorn!'));
      case 'secondaryLimit': {
        const message = `You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID ${id}.`;
        const headers = { 'retry-after': String(fault.retryAfter) };
        return failure(new GitHubError(fault.status, message, { headers }));
      }
      case 'primaryLimit':
        this.limits.exhaust(token, resourceOf(request));
        return failure(new GitHubError(403, exceeded(token, id)));
      case 'dropped':
      case 'slow':
        return null;
    }
  }

  #send(request: Request, answer: Answer, response: ServerResponse, drop: boolean): void {
    const { token, incoming, method, id } = request;
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
    const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
    const cached = method === 'GET' && answer.status === 200;
    const same = cached && incoming.headers['if-none-match'] === etag;
    const resource = resourceOf(request);
    // GitHub does not count a 304 against the rate limit.
    if (same && token !== null) this.limits.giveBack(token, resource);
    const status = same ? 304 : answer.status;
    this.#note(request, drop ? 0 : status);
    if (drop) {
      response.destroy();
      return;
    }
    response.writeHead(status, {
      date: this.world.now().toUTCString(),
      'x-github-request-id': id,
      'x-github-api-version-selected': incoming.headers['x-github-api-version'] ?? '2022-11-28',
      'cache-control': 'private, max-age=60, s-maxage=60',
      ...(text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      ...(cached ? { etag } : {}),
      ...this.limits.headers(token, resource),
      ...answer.headers,
    });
    response.end(same ? '' : text);
  }

  async #answerGit(request: Request, failed: Answer | null, response: ServerResponse, drop: boolean): Promise<void> {
    const found = gitOperation(request.path, request.query);
    if (failed !== null || found === null) {
      this.#note(request, failed?.status ?? 404);
      response.writeHead(failed?.status ?? 404).end();
      return;
    }
    const { token, bad, body, incoming } = request;
    const answer = await serveGit(this.world, {
      ...found,
      token,
      bad,
      body,
      protocol: String(incoming.headers['git-protocol'] ?? ''),
      encoding: incoming.headers['content-encoding'] ?? '',
    });
    this.#note(request, drop ? 0 : answer.status);
    response.writeHead(answer.status, { 'content-type': answer.type, 'cache-control': 'no-cache', ...answer.headers });
    // Dropped before the first byte, git would quietly send its request again.
    if (drop) response.write(answer.body.subarray(0, 1), () => response.destroy());
    else response.end(answer.body);
  }

  async #read(incoming: IncomingMessage): Promise<Request> {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const prefix = url.pathname.startsWith('/api/v3/') ? '/api/v3' : '';
    const path = url.pathname === '/api/graphql' ? '/graphql' : url.pathname.slice(prefix.length);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const method = incoming.method ?? 'GET';
    const value = tokenIn(incoming.headers.authorization ?? '');
    const token = value === null ? null : (this.world.tokens.get(value) ?? null);
    const rest = route(method, path);
    const graphql = method === 'POST' && path === '/graphql' ? 'graphql' : null;
    const operation = rest?.operation.id ?? graphql ?? gitOperation(path, url.searchParams)?.operation ?? 'unknown';
    return {
      method,
      path,
      prefix,
      query: url.searchParams,
      incoming,
      body: Buffer.concat(chunks),
      token,
      bad: value !== null && token === null,
      operation,
      rest,
      id: randomUUID().toUpperCase(),
    };
  }

  #note({ method, path, query, body, operation, token }: Request, status: number): void {
    const text = operation.startsWith('smart-http/') ? '' : body.toString('utf8');
    this.log.add({ method, path, query: query.toString(), text, operation, status, token, at: this.world.now() });
  }
}

/** The token of an authorization header. Git sends it as the password. */
function tokenIn(header: string): string | null {
  const [scheme = '', value = ''] = header.split(' ');
  switch (scheme.toLowerCase()) {
    case 'basic':
      return Buffer.from(value, 'base64')
        .toString()
        .replace(/^[^:]*:/, '');
    case 'bearer':
    case 'token':
      return value;
    default:
      return null;
  }
}

function resourceOf({ operation }: Pick<Request, 'operation'>): Resource {
  return operation === 'graphql' ? 'graphql' : 'core';
}
