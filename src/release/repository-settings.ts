/** What a branch asks of whoever changes it, as far as this identity may read it. */
export interface BranchRules {
  /** Whether a branch protection of its own covers it, beside rulesets. What that asks for only administrators may read. */
  readonly isProtected: boolean;
  /** How many approving reviews the pull request of a change needs; null where no rule asks for a pull request. */
  readonly reviews: number | null;
  /** Whether the owners of the changed files have to review it. */
  readonly ownersReview: boolean;
  readonly signatures: boolean;
  readonly queue: boolean;
  /** Whether something has to pass on a commit before the branch has it: checks, workflows, scans, deployments. */
  readonly checks: boolean;
  /** Whether only those on the bypass list of a rule change it. */
  readonly isClosed: boolean;
}

/** What the repository lets a job do with its own token. */
export interface WorkflowRights {
  readonly mayOpenPullRequests: boolean;
  /** What a job may do that asks for no permissions. */
  readonly byDefault: 'read' | 'write';
}

/** Who has to let the jobs of an environment go on; nobody where both lists are empty. */
export interface ReviewedEnvironment {
  /** Logins. Foreign. */
  readonly people: readonly string[];
  /** Slugs of teams. Foreign. */
  readonly teams: readonly string[];
  /** Whether those who have started a run may not let it go on. */
  readonly preventsSelfReview: boolean;
}

/** Settings of the repository at the forge. They are only read. */
export interface RepositorySettings {
  /** What a branch asks of whoever changes it; null when there is no such branch. Who may bypass a rule is not looked at. */
  branchRules(branch: string, signal: AbortSignal): Promise<BranchRules | null>;
  workflowRights(signal: AbortSignal): Promise<WorkflowRights>;
  /** Null when there is no environment of that name. */
  environment(name: string, signal: AbortSignal): Promise<ReviewedEnvironment | null>;
}
