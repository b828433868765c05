import type { Delivery } from '../../src/release/delivery.ts';
import type { Fault } from './case.ts';
import type { CommandName } from './commands.ts';
import type { Approval } from './facts.ts';
import type { ForgeLedger } from './votes.ts';

/** What a promotion says it means. */
export interface Meaning {
  readonly release: string | null;
  /** Number of the step; null for the one that is there. */
  readonly step: number | null;
  readonly to: number | null;
  readonly force: boolean;
}

/** What a rollback says it means: ids, as its person typed them. */
export interface Rolling {
  readonly act: 'rollback';
  readonly release: string | null;
  readonly to: string | null;
  readonly undo: boolean;
}

/** What a hold or its lifting says it means; null for the delivery. */
export interface Lifting {
  readonly act: 'hold' | 'resume';
  readonly release: string | null;
  /** Of that release; null where the record does not know it, or `live` is looked up later. */
  readonly digest: string | null;
}

/** One of GitHub's runs: attempts have its id. */
export interface RunName {
  readonly id: string;
  readonly attempt: number;
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
  readonly wants: Rolling | Lifting | null;
  /** The run of a workflow that it is; null on a command line. */
  readonly name: RunName | null;
  /** What was live when it first looked; until then, when it began. */
  liveThen: string;
  /** Milliseconds that its machine's clock is ahead. */
  readonly skew: number;
  /** It says that a start can't wait for schedules and freezes. */
  readonly urgent: boolean;
  /** It says that it takes what somebody has changed by hand. */
  readonly takesOver: boolean;
  /** What happens to it on its way; null for nothing. */
  readonly meets: Fault['fault'] | null;
  /** It was told to look only: nothing may go on, or back, by it. */
  readonly looks: boolean;
  /** `release/step` pairs that were there while it ran. */
  readonly points: Set<string>;
  /** Whether it names the release that it means. */
  readonly names: boolean;
  /** What this attempt has recorded. */
  readonly acts: string[];
  /** What it approved. */
  readonly gave: Approval[];
  /** What the cluster has shown it. */
  readonly saw: Shown;
  /** The ids that the run might write by the record as it was when the run sent its last write. */
  asked: readonly string[];
  /** The approvals in the record at that time. */
  approved: readonly Given[];
  /** When its last write was sent. */
  sent: number;
  /** When it asked for what the write of a ConfigMap needs after its last look at the record; null before that. */
  prepares: number | null;
  /** Kinds of writes it made. */
  readonly wrote: Set<'template' | 'status' | 'record' | 'pause' | 'other'>;
  ended: boolean;
}

/** An approval, and the plans that it may have been given for, in a line each. */
export type Given = Approval & { readonly under: readonly string[] };

/** What people have done, told apart from what stepgate says about it. */
export interface Ledger {
  readonly runs: Map<string, Run>;
  /** Those that the record holds. */
  approvals: readonly Given[];
  /** Who has ever given one. */
  readonly givers: Set<string>;
  /** What the runs of workflows have recorded, by their id. */
  readonly acts: Map<string, readonly string[]>;
  readonly forge: ForgeLedger;
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
