import type { Forge } from '../../release/forge.ts';

/** A method of the forge that sends requests. */
export type Operation = { [M in keyof Forge]: Forge[M] extends (...args: never) => unknown ? M : never }[keyof Forge];

interface Row {
  /** After "cannot". */
  readonly what: string;
  /** The permissions, as a workflow writes them. */
  readonly needs: readonly string[];
}

/** What each operation does, and the permissions that its token needs. The table in docs/workflows.md is made from this. */
export const operations = {
  viewer: { what: 'ask which account the token belongs to', needs: [] },
  pullRequestsOf: { what: 'read the pull requests of commits', needs: ['contents: read', 'pull-requests: read'] },
  pullRequest: { what: 'read a pull request', needs: ['pull-requests: read'] },
  pullRequestsFrom: { what: 'read the pull requests of branches', needs: ['contents: read', 'pull-requests: read'] },
  comments: { what: 'read comments', needs: ['pull-requests: read'] },
  reviews: { what: 'read reviews', needs: ['pull-requests: read'] },
  right: { what: 'read what an account may do', needs: ['metadata: read'] },
  members: { what: 'read the members of a team', needs: ['members: read'] },
  workflowRun: { what: 'read a run of a workflow', needs: ['actions: read'] },
  workflowRuns: { what: 'read the runs of a workflow', needs: ['actions: read'] },
  checkOf: { what: 'read the checks and statuses of a commit', needs: ['checks: read', 'statuses: read'] },
  startWorkflow: { what: 'start a workflow', needs: ['actions: write'] },
  environmentVotes: { what: 'read the reviews of a run', needs: ['actions: read'] },
  issuesLabelled: { what: 'read issues', needs: ['issues: read'] },
  comment: { what: 'write a comment', needs: ['pull-requests: write'] },
  editComment: { what: 'change a comment', needs: ['pull-requests: write'] },
  react: { what: 'react to a comment', needs: ['pull-requests: write'] },
  writeCheck: { what: 'write a check', needs: ['checks: write'] },
  deployments: { what: 'read deployments', needs: ['deployments: read'] },
  createDeployment: { what: 'write a deployment', needs: ['deployments: write'] },
  writeDeploymentStatus: { what: 'write the status of a deployment', needs: ['deployments: write'] },
  branchHead: { what: 'read a branch', needs: ['contents: read'] },
  branchRules: { what: 'read the rules of a branch', needs: ['contents: read', 'metadata: read'] },
  workflowRights: { what: 'read what jobs may do with their own token', needs: ['administration: read'] },
  environment: { what: 'read who reviews an environment', needs: ['actions: read'] },
  createBranch: { what: 'make a branch', needs: ['contents: write'] },
  deleteBranch: { what: 'delete a branch', needs: ['contents: write'] },
  commitFiles: { what: 'make a commit', needs: ['contents: write'] },
  openPullRequest: { what: 'open a pull request', needs: ['pull-requests: write'] },
  editPullRequest: { what: 'change a pull request', needs: ['pull-requests: write'] },
  mergePullRequest: { what: 'merge a pull request', needs: ['contents: write', 'pull-requests: read'] },
} as const satisfies Record<Operation, Row>;
