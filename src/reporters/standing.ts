import type { DeliveryReport, ReleaseReport, Report } from '../release/report.ts';
import { oneLine } from '../views/neutral.ts';
import { stateSigns, worstFirst } from '../views/words.ts';
import type { RunFacts } from './reporter.ts';

/** A release that people at the forge are told about. */
export interface Told {
  readonly delivery: DeliveryReport;
  /** The release whose commit and pull requests are meant: after a rollback, the one that was rolled back. */
  readonly release: ReleaseReport;
  readonly standing: Standing;
  /** Names delivery and release; the same in every run. */
  readonly key: string;
}

/** Where a release stands. `failed`: it was rolled back. `broken`: it does not go on, and nothing takes it back. */
export type Standing = 'moving' | 'waiting' | 'delivered' | 'failed' | 'broken' | 'superseded';

/**
 * For so long after its last event, a release that has ended is told again: the run that ended it may have been killed before
 * it reported. Later runs send no request for it. Milliseconds.
 */
const TOLD_AGAIN = 3_600_000;

/**
 * The releases of a report that people are told about: those that this run changed, then the others. The worst come first, but
 * the others begin with another one every minute: a run may not have the requests for all of them.
 */
export function toldReleases(report: Report, { now, tells }: Pick<RunFacts, 'now' | 'tells'>): readonly Told[] {
  if (tells?.is !== 'release') return [];
  const told = worstFirst(report.deliveries).flatMap((delivery) => {
    const release = delivery.rolledBack ?? delivery.release;
    const standing = standingOf(delivery);
    if (release === null || standing === null || !isNews(delivery, standing, now)) return [];
    return [{ delivery, release, standing, key: `${delivery.name} ${release.id}` }];
  });
  const others = told.filter(({ delivery }) => !delivery.changed);
  const first = Math.floor(now.getTime() / 60_000) % Math.max(1, others.length);
  return [...told.filter(({ delivery }) => delivery.changed), ...others.slice(first), ...others.slice(0, first)];
}

function isNews(delivery: DeliveryReport, standing: Standing, now: Date): boolean {
  if (delivery.changed || (standing !== 'delivered' && standing !== 'failed') || needOf(delivery) !== null) return true;
  const last = delivery.events.at(-1);
  return last !== undefined && now.getTime() - Date.parse(last.at) < TOLD_AGAIN;
}

/** Null where nothing is known of the release's end, such as when its workload is gone. */
export function standingOf({ state, release, stable }: DeliveryReport): Standing | null {
  switch (state) {
    case 'rolling':
    case 'finishing':
    case 'reverting':
      return 'moving';
    case 'waiting':
      return 'waiting';
    case 'held':
      // A hold stops what comes next; it takes nothing from a release that was delivered.
      return release !== null && release.id === stable?.id ? 'delivered' : 'waiting';
    case 'done':
      return 'delivered';
    case 'rolledBack':
      return 'failed';
    case 'stuck':
    case 'failed':
    case 'ungated':
      return 'broken';
    case 'superseded':
      return 'superseded';
    case 'absent':
    case 'idle':
      return null;
  }
}

/** What a person has to do now, in words. */
export interface Need {
  readonly words: string;
  /** The command to type; null where none is known. */
  readonly todo: string | null;
}

/** Null when the release goes on, or has ended, without a person. */
export function needOf(delivery: DeliveryReport): Need | null {
  const { name, approval, hold, message, state, reason, todo, error } = delivery;
  if (approval !== null) {
    const missing = approval.missing.length === 0 ? '' : ` (missing: ${approval.missing.join(', ')})`;
    return { words: `${name} waits for an approval of ${approval.step}${missing}`, todo };
  }
  switch (standingOf(delivery)) {
    case 'broken':
      return { words: `${name} is ${stateSigns[state].word.toLowerCase()}: ${message}`, todo };
    case 'failed':
      // A rollback by the policy fails the run that made it, whether or not Git is back.
      if (reason !== 'ROLLED_BACK_GIT_TODO') return null;
      return { words: `${name} is rolled back, and Git is not: ${error?.message ?? message}`, todo };
    case 'waiting':
      return hold === null ? null : { words: `${name} is held by ${hold.by}: ${hold.reason}`, todo };
    case 'moving':
    case 'delivered':
    case 'superseded':
    case null:
      return null;
  }
}

/** GitHub takes 140 characters as the description of a deployment; the rest is for what is missing (forge-run.ts). */
const LONGEST = 115;

/** Where the release stands on one short line: `waiting at step 1/3 smoke for an approval`. It has no foreign text. */
export function standingWords(delivery: DeliveryReport): string {
  const { state, step, approval } = delivery;
  const where = step === null || state === 'rolledBack' ? '' : ` at step ${step.index}/${step.of} ${step.name}`;
  const what = approval !== null ? ' for an approval' : '';
  const git = state === 'rolledBack' && needOf(delivery) !== null ? '; Git is not reverted yet' : '';
  return shortened(`${stateSigns[state].word.toLowerCase()}${where}${what}${git}`, LONGEST);
}

/** One line of at most so many characters. */
export function shortened(text: string, most: number): string {
  const signs = [...oneLine(text)];
  return signs.length <= most ? signs.join('') : `${signs.slice(0, most - 1).join('')}…`;
}
