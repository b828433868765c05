import type { Clock } from './release/ports.ts';
import type { Canvas } from './views/lines.ts';

/** Where a command line was typed, and where what it says goes. */
export interface Terminal {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly out: Screen;
  readonly err: Screen;
}

export interface Screen {
  /** Somebody looks at it: what is old on it may be wiped. */
  readonly live: boolean;
  /** As it is now: a window may change its size. */
  canvas(): Canvas;
  write(text: string): void;
}
