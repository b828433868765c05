import type { Clock } from './release/ports.ts';
import type { Canvas } from './views/lines.ts';

/** The terminal or the streams of a command line. */
export interface Terminal {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly out: Screen;
  readonly err: Screen;
}

export interface Screen {
  /** Whether it is interactive, so that earlier output may be erased. */
  readonly live: boolean;
  /** The present canvas; the size of a window may change. */
  canvas(): Canvas;
  write(text: string): void;
}
