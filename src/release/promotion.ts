import type { Delivery } from './delivery.ts';
import { placeNamed, placeTitle, placeWords } from './delivery.ts';

/** What a promotion pull request approves: that a release leaves a place, under a plan. */
export interface Promotion {
  readonly delivery: string;
  readonly release: string;
  /** 40 hex. */
  readonly commit: string;
  /** From 1; 0 is the start, and the number of steps plus one the end. */
  readonly place: number;
  /** The digest of the plan in force. Under another plan it approves nothing. */
  readonly plan: string;
  /** Since when the release is asked for under that plan: what was approved before approves nothing of it. */
  readonly since: Date;
}

const BRANCHES = 'stepgate/promote';
const FILES = '.stepgate/promotions';

/** How the branches of a delivery's promotion pull requests begin; of one release, where it is given. */
export function promotionBranches(delivery: string, release: string | null): string {
  return `${BRANCHES}/${delivery}/${release === null ? '' : `${release}-`}`;
}

/** The branch and the file of a promotion, named after the place. */
export function promotionPlaces(delivery: Delivery, { release, place }: Promotion) {
  const step = placeTitle(delivery, place);
  return {
    branch: `${promotionBranches(delivery.name, release)}${step}`,
    file: `${FILES}/${delivery.name}/${release}-${step}.yaml`,
  };
}

/** The place that a branch of this release is for; null when it is for none. */
export function placeOfBranch(delivery: Delivery, release: string, branch: string): number | null {
  const prefix = promotionBranches(delivery.name, release);
  return branch.startsWith(prefix) ? placeNamed(delivery, branch.slice(prefix.length)) : null;
}

/**
 * The text of a promotion's file. An approval is bound to it: whatever else the file says at the head of the pull request,
 * it approves nothing.
 */
export function promotionText(delivery: Delivery, { release, commit, place, plan }: Promotion): string {
  return [
    `# Approves that ${release} leaves ${placeWords(delivery, place)} of ${delivery.name}. It counts only as it is.`,
    `delivery: ${delivery.name}`,
    `release: ${release}`,
    `commit: ${commit}`,
    `step: ${placeTitle(delivery, place)}`,
    `plan: ${plan}`,
    '',
  ].join('\n');
}

/** The subject of the commit, and the title of the pull request. */
export function promotionTitle(delivery: Delivery, { release, place }: Promotion): string {
  const where = place === 0 ? 'start' : `leave ${placeWords(delivery, place)}`;
  const step = delivery.steps[place - 1];
  return `Promote ${delivery.name}: let ${release} ${where}${step === undefined ? '' : ` (${step.name})`}`;
}
