import { isObject, listAt, numberAt, stringAt } from '../../release/json.ts';
import { ClusterError } from '../../release/ports.ts';

/**
 * The error for an answer that is not 2xx, from its Status object or other text. `renewed`: the credential was a fresh one. `refused`
 * says what to do about a credential that the server does not accept.
 */
export function clusterError(
  httpStatus: number,
  body: string,
  { renewed, refused }: { readonly renewed: boolean; readonly refused: () => string },
): ClusterError {
  const error = statusError(httpStatus, parsed(body), body);
  if (error.status !== 401) return error;
  const message = renewed ? `${error.message} (also with a credential that was fetched anew)` : error.message;
  return new ClusterError(401, error.reason, message, [], refused());
}

/** The error of a Status, also of the ERROR event of a watch; `status` is used when it has no code. */
export function statusError(status: number, found: unknown, text = ''): ClusterError {
  if (!isObject(found) || found['kind'] !== 'Status') {
    const shown = text.trim().slice(0, 200);
    return new ClusterError(status, '', shown === '' ? `HTTP ${status}` : `HTTP ${status}: ${shown}`);
  }
  const reason = stringAt(found, 'reason') ?? '';
  const message = stringAt(found, 'message') ?? reason;
  const code = numberAt(found, 'code') ?? status;
  return new ClusterError(code, reason, message === '' ? `HTTP ${code}` : message, conflictsOf(found));
}

function conflictsOf(status: unknown): ClusterError['conflicts'] {
  return listAt(status, 'details', 'causes').flatMap((cause) => {
    if (stringAt(cause, 'reason') !== 'FieldManagerConflict') return [];
    return [{ manager: managerIn(stringAt(cause, 'message') ?? ''), field: stringAt(cause, 'field') ?? '' }];
  });
}

/** Reads `conflict with "manager" using apps/v1`. Go quotes the name; JSON can read all but a few rare escapes. */
function managerIn(message: string): string {
  const quoted = /^conflicts? with ("(?:[^"\\]|\\.)*")/.exec(message)?.[1];
  if (quoted === undefined) return '';
  const name = parsed(quoted);
  return typeof name === 'string' ? name : quoted.slice(1, -1);
}

/** The value of a JSON text; undefined when it is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
