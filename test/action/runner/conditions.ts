/** How a job stands, and how a step or a job ended. */
export type JobStatus = 'success' | 'failure' | 'cancelled';
export type Result = JobStatus | 'skipped';

const functions: Readonly<Record<string, (status: JobStatus) => boolean>> = {
  'always()': () => true,
  'success()': (status) => status === 'success',
  'failure()': (status) => status === 'failure',
  'cancelled()': (status) => status === 'cancelled',
  true: () => true,
  false: () => false,
};

/**
 * Whether a step with this condition runs now. Understood are the status functions (Runner.Worker/Expressions), `true`,
 * `false`, `!`, `&&`, `||` and parentheses; anything else is refused, because a wrong guess would skip what a test means
 * to run. Throws an Error for it.
 */
export function holds(condition: string, status: JobStatus): boolean {
  const text = condition.replace(/^\s*\$\{\{(.*)\}\}\s*$/su, '$1');
  const tokens = text.match(/&&|\|\||[!()]|\w+(?:\(\s*\))?|[^\s]/gu) ?? [];
  let at = 0;
  const refuse = (): never => {
    throw new Error(`the condition '${condition}' is not understood here`);
  };
  const take = (token: string) => {
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  };
  const either = (): boolean => {
    let value = both();
    while (take('||')) value = both() || value;
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (take('&&')) value = one() && value;
    return value;
  };
  const one = (): boolean => {
    if (take('!')) return !one();
    if (take('(')) {
      const value = either();
      return take(')') ? value : refuse();
    }
    const known = functions[(tokens[at] ?? '').replace(/\s/gu, '').toLowerCase()];
    at += 1;
    return known === undefined ? refuse() : known(status);
  };
  const value = either();
  return at === tokens.length ? value : refuse();
}

/** A workflow's `if` without a status function means only after success (github.com adds it; `pre-if` and `post-if` don't). */
export function workflowCondition(condition: string | undefined): string {
  if (condition === undefined) return 'success()';
  return /\b(?:always|success|failure|cancelled)\s*\(/iu.test(condition) ? condition : `success() && (${condition})`;
}
