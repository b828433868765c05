import type { Composer, CST } from 'yaml';

/** The limits of a file. A file beyond a limit is refused early, before it uses much time or memory. */
export const limits = {
  bytes: 1024 * 1024,
  /** Maximum length of all files of a source. */
  sourceCharacters: 8 * 1024 * 1024,
  documents: 1000,
  depth: 64,
  /** Maximum number of nodes that aliases may add to what is read together: the documents of a file, or the files of a source. */
  aliased: 100_000,
  /** The same for the characters in these nodes: a text is repeated when it is printed. */
  aliasedCharacters: 8 * 1024 * 1024,
  /** Maximum number of problems reported for one file. */
  problems: 20,
} as const;

/** What aliases may still add. */
export interface AliasBudget {
  nodes: number;
  characters: number;
}

export function aliasBudget(): AliasBudget {
  return { nodes: limits.aliased, characters: limits.aliasedCharacters };
}

type Complain = (offset: number, message: string, hint: string | null) => void;

/** Passes tokens on while they are within the limits. The composer is recursive; this function is not. */
export function* guarded(tokens: Iterable<CST.Token>, complain: Complain): Generator<CST.Token> {
  let documents = 0;
  const errors: CST.ErrorToken[] = [];
  let directive: number | null = null;
  for (const token of tokens) {
    if (token.type === 'error') {
      errors.push(token);
      // The composer reports these only at the end of the document, which is not reached.
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
  // The composer drops these, and a file with directives alone would look empty.
  if (directive !== null)
    complain(directive, 'a line with % is not followed by a document', 'add a line with --- after it');
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
      // After such a key, the library drops text that it does not understand; kubectl refuses it.
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
 * Stops composing when there are too many errors: the library keeps an Error for each, and a file of a million commas has
 * a million. `onError` is private in the library, so its version is pinned, and tests with hostile files check this.
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
