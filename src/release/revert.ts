import { commitLine } from './commit-text.ts';
import type { ProposedRevert, Rollback } from './record.ts';

/** How the branches of the pull requests begin that revert releases of a delivery. */
export function revertBranches(delivery: string): string {
  return `stepgate/revert/${delivery}/`;
}

/** The branch of the pull request that reverts a release, or undoes its revert. No other release of the delivery has its id. */
export function revertBranch(delivery: string, { is, release }: Pick<ProposedRevert, 'is' | 'release'>): string {
  return `${revertBranches(delivery)}${release}${is === 'undo' ? '-undo' : ''}`;
}

/** The message of a revert: subject, blank line, what it undoes, trailers. */
export function revertMessage(
  delivery: string,
  { from, to, by, reason }: Rollback,
  undone: readonly { readonly commit: string; readonly subject: string }[],
): string {
  return [
    `Roll back ${delivery} to ${to.commit.slice(0, 10)}`,
    '',
    commitLine(reason),
    '',
    ...(undone.length === 0
      ? []
      : ['Undone:', ...undone.map((one) => `  ${one.commit.slice(0, 10)} ${commitLine(one.subject)}`), '']),
    `Stepgate-Delivery: ${delivery}`,
    `Stepgate-Rolled-Back: ${from.id} ${from.commit}`,
    `Stepgate-Restored: ${to.id} ${to.commit}`,
    `Stepgate-By: ${commitLine(by)}`,
  ].join('\n');
}

/** The message of the commit that restores a release after its rollback was lifted. */
export function undoMessage(
  delivery: string,
  from: Rollback['from'],
  { by, reason }: NonNullable<Rollback['undo']>,
): string {
  return [
    `Release ${delivery} ${from.commit.slice(0, 10)} again`,
    '',
    `Its rollback was lifted: ${commitLine(reason)}`,
    '',
    `Stepgate-Delivery: ${delivery}`,
    `Stepgate-Rollback-Lifted: ${from.id} ${from.commit}`,
    `Stepgate-By: ${commitLine(by)}`,
  ].join('\n');
}
