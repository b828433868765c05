/** What a step may change outside of itself: its own outputs, its action's state, the job's environment and PATH. */
export interface Effects {
  readonly outputs: Map<string, string>;
  readonly state: Map<string, string>;
  readonly env: Map<string, string>;
  /** Later entries come first in PATH. */
  readonly path: string[];
}

/** Outputs and state are kept without regard to case, under the name that came first. */
export function setCaseless(values: Map<string, string>, name: string, value: string): void {
  const key = [...values.keys()].find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
  values.set(key, value);
}

/** The last to be added comes first, and only once. */
export function addPath(entries: string[], entry: string): void {
  const at = entries.indexOf(entry);
  if (at >= 0) entries.splice(at, 1);
  entries.push(entry);
}

/** `NODE_OPTIONS` would run code in every later action. */
export const isBlockedVariable = (name: string) => name.toUpperCase() === 'NODE_OPTIONS';
