import { listAt, stringAt } from '../../release/json.ts';

export interface GraphqlError {
  /** `NOT_FOUND`, `FORBIDDEN`, ...; empty for an error of the query itself. */
  readonly type: string;
  readonly message: string;
  /** Where the answer has nothing because of it. */
  readonly path: readonly (string | number)[];
}

/** The errors in a GraphQL answer. They are in its body: the status is 200 also when a query failed. */
export function graphqlErrors(body: unknown): readonly GraphqlError[] {
  return listAt(body, 'errors').map((error) => ({
    type: stringAt(error, 'type') ?? '',
    message: stringAt(error, 'message') ?? '',
    path: listAt(error, 'path').filter((part) => typeof part === 'string' || typeof part === 'number'),
  }));
}

/**
 * Whether an error says only that one of the things that were asked for is not there. It is null in the answer then, and the
 * rest of the answer is whole. Not so where the repository itself is not there.
 */
export function isAbsence({ type, path }: GraphqlError): boolean {
  return type === 'NOT_FOUND' && (path[0] === 'repository' || path[0] === 'nodes') && path.length > 1;
}
