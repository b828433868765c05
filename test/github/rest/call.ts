import type { Actor, BaseRole } from '../state/accounts.ts';
import { GitHubError, notFound } from '../state/github-error.ts';
import { may, type Repository } from '../state/repository.ts';
import { actorOf, type Token } from '../state/tokens.ts';
import type { World } from '../state/world.ts';
import { Fields, Query } from './fields.ts';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Answer;

/** One valid request whose token has the permission that the operation needs. */
export class Call {
  readonly world: World;
  readonly token: Token | null;
  readonly query: Query;
  readonly body: Fields;
  /** The URL without its query, for links to other pages. */
  readonly address: string;
  readonly #path: ReadonlyMap<string, string>;
  readonly #repository: Repository | null;

  constructor(of: {
    readonly world: World;
    readonly token: Token | null;
    readonly path: ReadonlyMap<string, string>;
    readonly query: URLSearchParams;
    readonly body: unknown;
    readonly address: string;
    readonly repository: Repository | null;
  }) {
    this.world = of.world;
    this.token = of.token;
    this.query = new Query(of.query);
    this.body = new Fields(of.body);
    this.address = of.address;
    this.#path = of.path;
    this.#repository = of.repository;
  }

  /** The parameters and fields that the handler has not read. */
  get unread(): readonly string[] {
    return [...this.query.unread, ...this.body.unread];
  }

  get repository(): Repository {
    if (this.#repository === null) throw notFound();
    return this.#repository;
  }

  /** The owner of the token. Throws 401 for a request without a token. */
  get by(): Actor {
    if (this.token === null) throw new GitHubError(401, 'Requires authentication');
    return actorOf(this.token);
  }

  /** A path parameter. */
  text(name: string): string {
    return this.#path.get(name) ?? '';
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  /** Refuses a person whose role is lower. Tokens of Apps have grants instead of roles. */
  requireRole(base: BaseRole, message: string): void {
    if (!may(this.repository, this.by, base)) throw new GitHubError(403, message);
  }
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function created(body: unknown): Answer {
  return { status: 201, body };
}

export const noContent: Answer = { status: 204 };

const LARGEST_PAGE = 100;

/** One page of a list, with Link headers. `wrap` builds the object around the items, where the operation answers with one. */
export function page<Item>(
  { query, address }: Call,
  items: readonly Item[],
  shape: (item: Item) => unknown,
  wrap: (page: readonly unknown[], total: number) => unknown = (list) => list,
): Answer {
  const size = Math.min(LARGEST_PAGE, Math.max(1, Number(query.get('per_page') ?? 30)));
  const number = Math.max(1, Number(query.get('page') ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, relation: string) => `<${address}?${query.withPage(to)}>; rel="${relation}"`;
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev'), link(1, 'first')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
  ];
  const shown = items.slice((number - 1) * size, number * size).map(shape);
  return {
    status: 200,
    body: wrap(shown, items.length),
    ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } }),
  };
}
