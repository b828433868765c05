import type { Issue } from '../state/issues.ts';
import { isPull, trialMerge } from '../state/pulls.ts';
import type { World } from '../state/world.ts';
import type { GitHubEvent, Happening, Starts } from './event.ts';
import { payloadOf } from './payloads.ts';

/** Makes the event with the state as it is now. */
export function record(world: World, given: Happening): GitHubEvent {
  // GitHub reports a change of a pull request that is also possible for an issue, such as a label, as pull_request.
  const happening: Happening =
    given.name === 'issues' && given.issue.pull !== null ? { ...given, name: 'pull_request' } : given;
  const { name, action, repository, by } = happening;
  return {
    id: world.nextId(),
    name,
    action,
    repository,
    actor: by.account,
    payload: payloadOf(world, happening),
    ...codeOf(world, happening),
    issue: 'issue' in happening ? happening.issue : null,
    run: happening.name === 'workflow_dispatch' ? happening.run : null,
    starts: startsOf(happening),
  };
}

function startsOf({ name, action, by }: Happening): Starts {
  if (!by.job || name === 'workflow_dispatch' || name === 'repository_dispatch') return 'workflows';
  const waits = name === 'pull_request' && ['opened', 'reopened', 'synchronize'].includes(action ?? '');
  return waits ? 'workflows after approval' : 'nothing';
}

/** The ref and commit that a workflow of this event runs from. */
function codeOf(world: World, happening: Happening): Pick<GitHubEvent, 'ref' | 'sha'> {
  const { repository } = happening;
  const { bare } = repository;
  switch (happening.name) {
    case 'push':
      return { ref: happening.ref, sha: happening.after };
    case 'pull_request':
    case 'pull_request_review':
      return codeOfPull(world, happening.issue);
    case 'merge_group':
      return { ref: happening.entry.group.ref, sha: happening.entry.group.head };
    case 'workflow_dispatch':
      return { ref: happening.ref, sha: bare.tip(happening.ref) };
    case 'issues':
    case 'issue_comment':
    case 'schedule':
    case 'repository_dispatch':
    case 'workflow_run':
      return { ref: bare.head, sha: bare.tip(bare.head) };
  }
}

function codeOfPull(world: World, issue: Issue): Pick<GitHubEvent, 'ref' | 'sha'> {
  if (!isPull(issue)) throw new Error(`#${issue.number} is no pull request`);
  const { merged, base } = issue.pull;
  if (merged !== null) return { ref: `refs/heads/${base.branch}`, sha: merged.commit };
  return { ref: `refs/pull/${issue.number}/merge`, sha: trialMerge(world, issue) };
}
