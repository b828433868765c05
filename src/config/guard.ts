import { type Composer, type CST, Lexer, Parser } from 'yaml';

/** The limits of a file. A file beyond a limit is refused early, before it uses much time or memory. */
export const limits = {
  /** Maximum size of a file of the config. */
  bytes: 1024 * 1024,
  /** Maximum size of a source: all its files together, or what kustomize makes of it. */
  sourceBytes: 16 * 1024 * 1024,
  /** More than a source may have objects: a document may be empty. */
  documents: 4000,
  /** Maximum number of signs, words and gaps in one document, and in what is read together. Each takes time and memory. */
  lexemes: { document: 1_500_000, all: 6_000_000 },
  depth: 64,
  /** Maximum number of nodes that aliases may add to what is read together: the documents of a file, or the files of a source. */
  aliased: 100_000,
  /** The same for the characters in these nodes: a text is repeated when it is printed. */
  aliasedCharacters: 8 * 1024 * 1024,
  /** Maximum number of problems reported for one file. */
  problems: 20,
} as const;

/** What may still be read, and what aliases may still add to it. */
export interface ReadBudget {
  nodes: number;
  characters: number;
  lexemes: number;
}

export function readBudget(): ReadBudget {
  return { nodes: limits.aliased, characters: limits.aliasedCharacters, lexemes: limits.lexemes.all };
}

type Complain = (offset: number, message: string, hint: string | null) => void;

/** The parsed tokens of a text, to the end or to what is more than the budget. */
export function* tokens(text: string, budget: ReadBudget, complain: Complain): Generator<CST.Token> {
  const parser = new Parser();
  let inDocument = 0;
  for (const lexeme of new Lexer().lex(text)) {
    inDocument += 1;
    budget.lexemes -= 1;
    if (inDocument > limits.lexemes.document || budget.lexemes < 0) {
      const what = budget.lexemes < 0 ? 'what is read together' : 'the document';
      complain(
        parser.offset,
        `${what} has too many keys, values and lines`,
        'split it, or leave out what is not needed',
      );
      return;
    }
    for (const token of parser.next(lexeme)) {
      inDocument = 0;
      yield token;
    }
  }
  yield* parser.end();
}

/**
 * Passes tokens on while they are within the limits; `count` has the documents of the text so far. The composer is recursive; this
 * function is not.
 */
export function* guarded(
  tokens: Iterable<CST.Token>,
  count: { documents: number },
  complain: Complain,
): Generator<CST.Token> {
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
      count.documents += 1;
      if (count.documents > limits.documents) {
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
    for (const { start, key, sep, value } of token.items) {
      // The library drops what follows a key with "?" without a ":" between them; kubectl refuses it.
      if (value && hasSign(start, 'explicit-key-ind') && !hasSign(sep, 'map-value-ind')) {
        return { offset: value.offset, why: 'a key with "?" ends before this', hint: 'write ": " and its value' };
      }
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return null;
}

function hasSign(among: readonly CST.SourceToken[] | undefined, sign: CST.SourceToken['type']): boolean {
  return among?.some(({ type }) => type === sign) ?? false;
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
