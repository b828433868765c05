/** The permissions that a token of an App or a job can have. */
export const scopes = [
  'actions',
  'administration',
  'checks',
  'contents',
  'deployments',
  'issues',
  'members',
  'metadata',
  'pull_requests',
  'statuses',
] as const;

export type Scope = (typeof scopes)[number];
export type Level = 'read' | 'write';
export type Grants = Readonly<Partial<Record<Scope, Level>>>;

/** Permissions as a workflow file spells them. */
export type Permissions = Readonly<Partial<Record<Exclude<Scope, 'pull_requests'> | 'pull-requests', Level>>>;

export function grantsFrom({ 'pull-requests': pulls, ...others }: Permissions): Grants {
  return pulls === undefined ? others : { ...others, pull_requests: pulls };
}

/** The permissions of which an operation needs one; an empty list needs none. */
export type Needs = readonly (readonly [scope: Scope, level: Level])[];

const read = (scope: Scope): Needs => [[scope, 'read']];
const write = (scope: Scope): Needs => [[scope, 'write']];
/** For paths that issues and pull requests share. A plain issue needs `issues`: see handlers/numbered.ts. */
const eitherRead: Needs = [
  ['issues', 'read'],
  ['pull_requests', 'read'],
];
const eitherWrite: Needs = [
  ['issues', 'write'],
  ['pull_requests', 'write'],
];

/** Every REST operation that the fake serves, by its id in GitHub's description, with the permission that it needs. */
export const permissions = {
  'actions/create-workflow-dispatch': write('actions'),
  'actions/get-github-actions-default-workflow-permissions-repository': read('administration'),
  'actions/get-pending-deployments-for-run': read('actions'),
  'actions/get-reviews-for-run': read('actions'),
  'actions/get-workflow-run': read('actions'),
  'actions/get-workflow-run-attempt': read('actions'),
  'actions/list-workflow-runs': read('actions'),
  'actions/list-workflow-runs-for-repo': read('actions'),
  'actions/review-pending-deployments-for-run': write('deployments'),
  'checks/create': write('checks'),
  'checks/get': read('checks'),
  'checks/list-for-ref': read('checks'),
  'checks/update': write('checks'),
  'git/create-ref': write('contents'),
  'git/delete-ref': write('contents'),
  'git/get-commit': read('contents'),
  'git/get-ref': read('contents'),
  'git/list-matching-refs': read('contents'),
  'git/update-ref': write('contents'),
  'issues/add-labels': eitherWrite,
  'issues/create': write('issues'),
  'issues/create-comment': eitherWrite,
  'issues/delete-comment': eitherWrite,
  'issues/get': eitherRead,
  'issues/get-comment': eitherRead,
  'issues/list-comments': eitherRead,
  'issues/list-for-repo': read('issues'),
  'issues/list-labels-on-issue': eitherRead,
  'issues/remove-label': eitherWrite,
  'issues/update': eitherWrite,
  'issues/update-comment': eitherWrite,
  'pulls/create': write('pull_requests'),
  'pulls/get': read('pull_requests'),
  'pulls/list': read('pull_requests'),
  'pulls/list-commits': read('pull_requests'),
  'pulls/list-files': read('pull_requests'),
  'pulls/list-reviews': read('pull_requests'),
  'pulls/merge': write('contents'),
  'pulls/update': write('pull_requests'),
  'rate-limit/get': [],
  'reactions/create-for-issue-comment': eitherWrite,
  'reactions/delete-for-issue-comment': eitherWrite,
  'reactions/list-for-issue-comment': eitherRead,
  'repos/compare-commits-with-basehead': read('contents'),
  'repos/create-commit-status': write('statuses'),
  'repos/create-deployment': write('deployments'),
  'repos/create-deployment-status': write('deployments'),
  'repos/create-dispatch-event': write('contents'),
  'repos/get': read('metadata'),
  'repos/get-branch': read('contents'),
  'repos/get-branch-rules': read('metadata'),
  'repos/get-collaborator-permission-level': read('metadata'),
  'repos/get-combined-status-for-ref': read('statuses'),
  'repos/get-commit': read('contents'),
  'repos/get-content': read('contents'),
  'repos/get-deployment': read('deployments'),
  'repos/get-environment': read('actions'),
  'repos/list-commit-statuses-for-ref': read('statuses'),
  'repos/list-commits': read('contents'),
  'repos/list-deployment-statuses': read('deployments'),
  'repos/list-deployments': read('deployments'),
  'repos/list-pull-requests-associated-with-commit': read('pull_requests'),
  'teams/get-membership-for-user-in-org': read('members'),
  'teams/list-members-in-org': read('members'),
  'users/get-authenticated': [],
  'users/get-by-username': [],
} as const satisfies Record<string, Needs>;

export type OperationId = keyof typeof permissions;

/** Whether the grants include a needed permission. `write` includes `read`; every token has `metadata: read`. */
export function satisfies(grants: Grants, needs: Needs): boolean {
  if (needs.length === 0) return true;
  return needs.some(([scope, level]) => {
    const granted = grants[scope] ?? (scope === 'metadata' ? 'read' : undefined);
    return granted === 'write' || granted === level;
  });
}

/** The value of x-accepted-github-permissions. */
export function acceptedHeader(needs: Needs): string {
  return needs.map(([scope, level]) => `${scope}=${level}`).join('; ');
}
