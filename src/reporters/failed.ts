import { asError } from '../release/error.ts';
import { ForgeError } from '../release/forge.ts';
import { logLine } from '../views/neutral.ts';
import type { Runner } from './reporter.ts';

/**
 * Logs that something was not reported, and why: a warning. Where the token has no permission for it, it is a line of the
 * log: by its permissions a workflow says what it wants.
 */
export function reportFailure(runner: Pick<Runner, 'info' | 'warning'>, missing: string, cause: unknown): void {
  const line = logLine(`${missing}: ${asError(cause).message}`);
  if (isForbidden(cause)) runner.info(`left out: ${line}`);
  else runner.warning(line);
}

/** Whether the token has no permission for what was asked. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ForgeError && error.trouble === 'forbidden';
}
