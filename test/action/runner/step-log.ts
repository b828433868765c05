import { type Annotation, type Level, nowhere, type Place } from './annotations.ts';
import type { Masks } from './masks.ts';

/** GitHub shows as many of a kind for a step, each cut at so many characters (Runner.Worker/ExecutionContext). */
const MOST = 10;
const LONGEST = 4096;

/** What is shown of a step: its log, masked as it is written, and its annotations. */
export interface StepLog {
  readonly lines: readonly string[];
  readonly annotations: readonly Annotation[];
  write(text: string): void;
  /** Written only where the workflow's step debugging is on. */
  debug(text: string): void;
  /** Logged always; an annotation while there are fewer than ten of its level, and if it says anything. */
  annotate(level: Level, message: string, of?: { readonly by: Annotation['by']; readonly place: Place }): void;
}

export function createStepLog(masks: Masks, debugging: boolean): StepLog {
  const lines: string[] = [];
  const annotations: Annotation[] = [];
  const counts: Record<Level, number> = { error: 0, warning: 0, notice: 0 };
  const write = (text: string) => {
    lines.push(...masks.hide(text).split(/\r?\n/u));
  };
  return {
    lines,
    annotations,
    write,
    debug(text) {
      if (debugging) for (const line of text.split(/\r?\n/u)) write(`##[debug]${line}`);
    },
    annotate(level, message, { by, place } = { by: 'runner', place: nowhere }) {
      // Only the message is masked: title and file are shown as they are.
      const shown = masks.hide(message).slice(0, LONGEST);
      counts[level] += 1;
      if (counts[level] <= MOST && shown.trim() !== '') annotations.push({ level, message: shown, by, ...place });
      if (shown !== '') write(`##[${level}]${shown}`);
    },
  };
}
