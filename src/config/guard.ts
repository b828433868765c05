import type { Composer, CST } from 'yaml';

/** What a file may be at most; everything beyond is refused before it costs anything. */
export const limits = {
  bytes: 1024 * 1024,
  documents: 1000,
  depth: 64,
  /** Nodes that aliases may add to a document. */
  aliased: 100_000,
  /** Problems told of one file. */
  problems: 20,
} as const;

type Complain = (offset: number, message: string, hint: string | null) => void;

/** Passes tokens on as long as they stay within the limits: the composer is recursive, this is not. */
export function* guarded(tokens: Iterable<CST.Token>, complain: Complain): Generator<CST.Token> {
  let documents = 0;
  const errors: CST.ErrorToken[] = [];
  let directive: number | null = null;
  for (const token of tokens) {
    if (token.type === 'error') {
      errors.push(token);
      // The composer only tells these with the document's end, which is not reached.
      if (errors.length > limits.problems) {
        for (const { offset, message } of errors) complain(offset, message, null);
        return;
      }
    }
    if (token.type === 'directive') directive = token.offset;
    if (token.type === 'document') {
      directive = null;
      documents += 1;
      if (documents > limits.documents) {
        complain(token.offset, `the file has more than ${limits.documents} documents`, 'split it');
        return;
      }
      const refused = refusedIn(token);
      if (refused !== null) {
        complain(refused.offset, refused.why, refused.hint);
        return;
      }
    }
    yield token;
  }
  // The composer forgets these, and with them that the file may have been meant to say something.
  if (directive !== null)
    complain(directive, 'a line with % has no document behind it', 'put a line with --- behind it');
}

function refusedIn(document: CST.Document): { offset: number; why: string; hint: string } | null {
  const open: { token: CST.Token; depth: number }[] = [];
  if (document.value !== undefined) open.push({ token: document.value, depth: 1 });
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const { token, depth } = here;
    if (token.type !== 'block-map' && token.type !== 'block-seq' && token.type !== 'flow-collection') continue;
    if (depth > limits.depth) {
      const why = `maps and lists are nested more than ${limits.depth} deep`;
      return { offset: token.offset, why, hint: 'no Kubernetes object needs that' };
    }
    for (const { start, key, value } of token.items) {
      // The library drops what it does not understand behind such a key, where kubectl refuses it.
      const explicit = start.find(({ type }) => type === 'explicit-key-ind');
      if (explicit !== undefined) {
        return { offset: explicit.offset, why: 'keys written with "?" are not read', hint: 'write key: value' };
      }
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return null;
}

class Storm extends Error {}

/**
 * Ends composing at the first error too many: the library keeps an Error for each, and a file of a million commas is
 * a million of them. `onError` is private there, so the version is pinned, and the tests of hostile files watch this.
 */
export function stopAfter(composer: Composer, most: number) {
  const seen: { offset: number; message: string }[] = [];
  let over = false;
  const { onError } = composer as unknown as { onError: (source: unknown, ...rest: unknown[]) => void };
  const limited: typeof onError = (source, ...rest) => {
    if (seen.length >= most) throw new Storm();
    const [first] = Array.isArray(source) ? source : [source];
    const offset = typeof first === 'number' ? first : Number((first as { offset?: number }).offset ?? 0);
    seen.push({ offset, message: String(rest[1]) });
    onError(source, ...rest);
  };
  Object.assign(composer, { onError: limited });
  return {
    *until<T>(documents: Iterable<T>): Generator<T> {
      try {
        yield* documents;
      } catch (thrown) {
        if (!(thrown instanceof Storm)) throw thrown;
        over = true;
      }
    },
    stopped: () => (over ? seen : []),
  };
}
