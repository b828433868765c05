import type { OperationId } from '../rest/permissions.ts';

interface Waiver {
  readonly operation: OperationId;
  readonly status: number;
  /** Which answers; all of this status unless it says. */
  readonly when?: (body: unknown) => boolean;
  /** What is wrong with the description. */
  readonly why: string;
}

/** Where GitHub's description contradicts what GitHub answers. */
export const waivers: readonly Waiver[] = [];

export function waived(operation: OperationId, status: number, body: unknown): boolean {
  return waivers.some((one) => one.operation === operation && one.status === status && (one.when?.(body) ?? true));
}
