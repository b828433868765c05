import type { Clock } from './release/ports.ts';
import { fitting, type Size, wipe } from './views/redraw.ts';

/** The picture has times relative to now ("in 12m"), so it is drawn again after this long. Milliseconds. */
const AGAIN = 1_000;

/**
 * A picture on a terminal that is drawn over itself. Disposing draws it a last time, uncut, with the cursor below it. The cursor
 * is never hidden, so a killed process leaves nothing to restore.
 */
export interface LiveView extends Disposable {
  /** Draws the lines that `lines` makes, now and every second. */
  show(lines: () => readonly string[]): void;
  /** Prints something else above the picture. */
  above(print: () => void): void;
}

export function liveView(
  write: (text: string) => void,
  { size, clock, signal }: { readonly size: () => Size; readonly clock: Clock; readonly signal: AbortSignal },
): LiveView {
  const over = new AbortController();
  let make: (() => readonly string[]) | null = null;
  let drawn: readonly string[] = [];

  function draw(lines: readonly string[]): void {
    const before = drawn.length === 0 ? '' : wipe(drawn, size());
    drawn = lines;
    write(`${before}${lines.map((line) => `${line}\n`).join('')}`);
  }

  async function again(): Promise<void> {
    const ended = AbortSignal.any([signal, over.signal]);
    while (!ended.aborted) {
      // A sleep rejects only when it is aborted.
      await clock.sleep(AGAIN, ended).catch(() => {});
      if (!ended.aborted && make !== null) draw(fitting(make(), size()));
    }
  }

  return {
    show(lines) {
      const first = make === null;
      make = lines;
      draw(fitting(lines(), size()));
      if (first) void again();
    },
    above(print) {
      const lines = drawn;
      if (lines.length > 0) write(wipe(lines, size()));
      drawn = [];
      print();
      if (make !== null) draw(fitting(make(), size()));
    },
    [Symbol.dispose]() {
      over.abort();
      if (make !== null) draw(make());
    },
  };
}
