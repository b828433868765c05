import type { Path } from '../config/yaml.ts';

/** A part of an object that the API server does not take. */
export interface Problem {
  readonly path: Path;
  /** What of the path it is about. */
  readonly of: 'key' | 'value';
  /** A text that follows the path: `is the number 3`. */
  readonly says: string;
  readonly hint: string;
  /** Whether a server of another version may take it. */
  readonly mayBeTaken: boolean;
}

/** Adds a problem of the value at a path inside of what is checked. */
export type Say = (path: Path, says: string, hint: string, more?: Partial<Pick<Problem, 'of' | 'mayBeTaken'>>) => void;

/** What is wrong with a value; null when nothing is. */
export interface Wrong {
  readonly says: string;
  readonly hint: string;
  readonly mayBeTaken?: boolean;
}
