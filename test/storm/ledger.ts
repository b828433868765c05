import type { Delivery } from '../../src/release/delivery.ts';
import type { CommandName } from './commands.ts';
import type { Approval } from './facts.ts';

/** What a promotion says it means. */
export interface Meaning {
  readonly release: string | null;
  /** Number of the step; null for the one that is there. */
  readonly step: number | null;
  readonly to: number | null;
  readonly force: boolean;
}

/** Versions of the Deployment, texts of the record, and points of the engine as `pointWords` tells them. */
export interface Shown {
  readonly versions: Set<string>;
  readonly records: Set<string>;
  readonly points: Set<string>;
}

/** One run of a command, as the storm knows it: who typed what, and what it was seen to write. */
export interface Run {
  readonly actor: string;
  readonly command: CommandName;
  readonly who: string;
  readonly began: number;
  /** The plan as the policy ref had it when the run began. */
  readonly policy: Delivery;
  readonly means: Meaning | null;
  /** It was told to look only: nothing may go on, or back, by it. */
  readonly looks: boolean;
  /** `release/step` pairs that were there while it ran. */
  readonly points: Set<string>;
  /** What it approved. */
  readonly gave: Approval[];
  /** What the cluster has shown it. */
  readonly saw: Shown;
  /** The release that the record asked for when its last write was sent. */
  asked: string | null;
  /** When its last write was sent. */
  sent: number;
  /** Kinds of writes it made. */
  readonly wrote: Set<'template' | 'status' | 'record' | 'pause' | 'other'>;
  ended: boolean;
}

/** What people have done, told apart from what stepgate says about it. */
export interface Ledger {
  readonly runs: Map<string, Run>;
  /** Those that the record holds. */
  approvals: readonly Approval[];
  /** Who has ever given one. */
  readonly givers: Set<string>;
}

/** Whether an approval is what the run's person typed. */
export function isMeant(run: Run, approval: Approval): boolean {
  const { means } = run;
  if (means === null || approval.by !== run.who || approval.forced !== means.force) return false;
  if (means.release !== null && means.release !== approval.release) return false;
  if (means.to !== null) {
    // A jump forward approves every step from where it is to the one before the target.
    const from = [...run.points].some((point) => {
      const [release, step] = point.split('/');
      return release === approval.release && Number(step) <= approval.step;
    });
    return from && approval.step < means.to;
  }
  if (means.step !== null) return means.step === approval.step;
  return run.points.has(`${approval.release}/${approval.step}`);
}
