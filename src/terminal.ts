import type { Clock } from './release/ports.ts';
import type { Canvas } from './views/lines.ts';
import type { Size } from './views/redraw.ts';

/** The terminal or the streams of a command line. */
export interface Terminal {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly out: Screen;
  readonly err: Screen;
  /** Whether `out` is a terminal, and no file or pipe. */
  readonly isPersons: boolean;
}

export interface Screen {
  /** The present size of an interactive window, on which earlier output may be drawn over; null without one. */
  readonly size: (() => Size) | null;
  /** The present canvas; the size of a window may change. */
  canvas(): Canvas;
  write(text: string): void;
}
