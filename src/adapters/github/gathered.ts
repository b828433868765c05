/** Asks for the value of one key. Rejects if the question that it was part of rejects. */
export type Gathered<K, V> = (key: K, signal: AbortSignal) => Promise<V>;

/**
 * Joins the calls of one turn of the event loop into one question for all their keys. Answers are not cached: a call in a later
 * turn asks again. A call resolves to `undefined` if its key is not in the answer.
 */
export function gathered<K, V>(
  question: (keys: readonly K[], signal: AbortSignal) => Promise<ReadonlyMap<K, V>>,
): Gathered<K, V | undefined> {
  const turns = new Map<AbortSignal, { readonly keys: Set<K>; readonly answer: Promise<ReadonlyMap<K, V>> }>();
  return async (key, signal) => {
    let turn = turns.get(signal);
    if (turn === undefined) {
      const keys = new Set<K>();
      const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        turns.delete(signal);
        return question([...keys], signal);
      });
      turn = { keys, answer };
      turns.set(signal, turn);
    }
    turn.keys.add(key);
    return (await turn.answer).get(key);
  };
}
