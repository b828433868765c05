import type { Account, App } from './accounts.ts';

export type CheckStatus = 'completed' | 'in_progress' | 'queued';

export interface CheckOutput {
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: number;
}

export interface CheckRun {
  readonly id: number;
  readonly nodeId: string;
  readonly suite: number;
  readonly app: App;
  readonly headSha: string;
  name: string;
  externalId: string;
  detailsUrl: string | null;
  status: CheckStatus;
  conclusion: string | null;
  startedAt: Date;
  completedAt: Date | null;
  output: CheckOutput;
}

export interface CommitStatus {
  readonly id: number;
  readonly nodeId: string;
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly at: Date;
}

/** The newest status of each context on a commit. */
export function latestStatuses(statuses: readonly CommitStatus[], sha: string): readonly CommitStatus[] {
  const byContext = new Map<string, CommitStatus>();
  for (const status of statuses) if (status.sha === sha) byContext.set(status.context, status);
  return [...byContext.values()];
}

/** Whether the status or check run with this name has succeeded on a commit. */
export function hasPassed(
  { checks, statuses }: { readonly checks: readonly CheckRun[]; readonly statuses: readonly CommitStatus[] },
  sha: string,
  context: string,
): boolean {
  const status = latestStatuses(statuses, sha).find((one) => one.context === context);
  if (status !== undefined) return status.state === 'success';
  const check = checks.filter((one) => one.headSha === sha && one.name === context).at(-1);
  return ['neutral', 'skipped', 'success'].includes(check?.conclusion ?? '');
}
