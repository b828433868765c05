export interface FieldError {
  readonly resource?: string;
  readonly field?: string;
  readonly code: string;
  readonly message?: string;
}

/** A refusal by GitHub: over REST an answer with this status and message, over GraphQL an entry of `errors`. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly status: number;
  /** The `type` of a GraphQL error. */
  readonly type: string;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    {
      type = typeOf(status),
      errors = [],
      headers = {},
    }: { type?: string; errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.errors = errors;
    this.headers = headers;
  }
}

export function notFound(message = 'Not Found'): GitHubError {
  return new GitHubError(404, message);
}

/** 422: the request is well-formed, but GitHub refuses its content. */
export function invalid(errors: readonly FieldError[], message = 'Validation Failed'): GitHubError {
  return new GitHubError(422, message, { errors });
}

export const notAccessible = 'Resource not accessible by integration';

function typeOf(status: number): string {
  if (status === 404) return 'NOT_FOUND';
  return status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';
}
