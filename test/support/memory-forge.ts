import {
  type Account,
  type Check,
  type Comment,
  type Deployment,
  type Forge,
  ForgeError,
  type PullRequest,
} from '../../src/release/forge.ts';

/** A forge in memory: comments, checks and deployments, with accounts and permissions, as the port says. */

const bot: Account = { id: 41898282, login: 'github-actions[bot]', is: 'bot' };
const stranger: Account = { id: 7, login: 'mallory', is: 'person' };

/** What its token may write. */
export const permissions = ['pull-requests: write', 'checks: write', 'deployments: write'] as const;
type Permission = (typeof permissions)[number];

export interface MemoryForge {
  readonly forge: Forge;
  /** Every request so far: `comments 12`. */
  readonly asked: string[];
  /** Those that changed something. */
  readonly written: string[];
  readonly comments: Map<number, Comment[]>;
  readonly checks: Check[];
  readonly deployments: (Deployment & { readonly isProduction: boolean; readonly logUrl: string | null })[];
  readonly pulls: Map<number, PullRequest>;
  /** Permissions that the token lacks. */
  readonly denied: Set<Permission>;
  /** Is called before each request is answered: what others do at the same time. */
  meanwhile: (request: string) => void;
  /** Writes a comment as somebody else, or as our account. */
  say(number: number, body: string, author?: Account | null): Comment;
}

export function memoryForge(): MemoryForge {
  let id = 0;
  let requests = 0;
  let viewer = false;
  const state: MemoryForge = {
    asked: [],
    written: [],
    comments: new Map(),
    checks: [],
    deployments: [],
    pulls: new Map(),
    denied: new Set(),
    meanwhile: () => {},
    say(number, body, author = stranger) {
      id += 1;
      const url = `https://github.com/acme/shop/pull/${number}#issuecomment-${id}`;
      const made = { id, url, author, body, at: new Date(0), isEdited: false };
      state.comments.set(number, [...(state.comments.get(number) ?? []), made]);
      return made;
    },
    forge: {
      title: 'github.com/acme/shop',
      url: 'https://github.com/acme/shop',
      get requests() {
        return requests;
      },
      async viewer() {
        if (!viewer) ask('viewer');
        viewer = true;
        return bot;
      },
      async pullRequest(number) {
        ask(`pull ${number}`);
        return state.pulls.get(number) ?? null;
      },
      async comments(number) {
        ask(`comments ${number}`);
        return [...(state.comments.get(number) ?? [])];
      },
      async comment(number, body) {
        write(`comment ${number}`, 'pull-requests: write');
        refuseLong(body);
        return state.say(number, body, bot);
      },
      async editComment(wanted, body) {
        write(`edit ${wanted}`, 'pull-requests: write');
        refuseLong(body);
        for (const [number, all] of state.comments) {
          state.comments.set(
            number,
            all.map((one) => (one.id === wanted ? { ...one, body, isEdited: true } : one)),
          );
        }
      },
      async writeCheck(check) {
        ask(`check ${check.key}`);
        const index = state.checks.findIndex(
          ({ name, key, commit }) => name === check.name && key === check.key && commit === check.commit,
        );
        if (index >= 0 && JSON.stringify(state.checks[index]) === JSON.stringify(check)) return 'same';
        write(`write check ${check.key}`, 'checks: write');
        if (index < 0) state.checks.push(check);
        else state.checks[index] = check;
        return 'written';
      },
      async deployments(environment) {
        ask(`deployments ${environment}`, 'deployments: write');
        // Their states are another request.
        requests += 1;
        return state.deployments
          .filter((one) => one.environment === environment)
          .toReversed()
          .slice(0, 30);
      },
      async createDeployment({ environment, commit, key, isProduction }) {
        write(`deploy ${key}`, 'deployments: write');
        id += 1;
        const made = { id, environment, commit, key, status: null, isProduction, logUrl: null };
        state.deployments.push(made);
        return made;
      },
      async writeDeploymentStatus(wanted, { state: is, description, logUrl }) {
        write(`status ${wanted} ${is}`, 'deployments: write');
        const index = state.deployments.findIndex((one) => one.id === wanted);
        const found = state.deployments[index];
        if (found === undefined) throw new ForgeError('missing', `there is no deployment ${wanted}`);
        if (description.length > 140) throw new ForgeError('refused', 'the description is too long');
        state.deployments[index] = { ...found, status: { state: is, description }, logUrl };
      },
      pullRequestsOf: unused,
      pullRequestsFrom: unused,
      reviews: unused,
      right: unused,
      members: unused,
      workflowRun: unused,
      workflowRuns: unused,
      checkOf: unused,
      startWorkflow: unused,
      environmentVotes: unused,
      issuesLabelled: unused,
      react: unused,
      branchHead: unused,
      branchRules: unused,
      environment: unused,
      workflowRights: unused,
      createBranch: unused,
      deleteBranch: unused,
      commitFiles: unused,
      openPullRequest: unused,
      editPullRequest: unused,
      mergePullRequest: unused,
    },
  };
  return state;

  function ask(request: string, needs?: Permission): void {
    requests += 1;
    state.asked.push(request);
    state.meanwhile(request);
    if (needs !== undefined && state.denied.has(needs))
      throw new ForgeError('forbidden', `the token may not: ${request}`, { needs });
  }

  function write(request: string, needs: Permission): void {
    ask(request, needs);
    state.written.push(request);
  }

  function refuseLong(body: string): void {
    if (body.length > 65_536) throw new ForgeError('refused', 'body is too long (maximum is 65536 characters)');
  }

  function unused(): never {
    throw new Error('no reporter asks this');
  }
}

/** An open pull request. */
export function pullRequest(number: number, head: string): PullRequest {
  return {
    number,
    url: `https://github.com/acme/shop/pull/${number}`,
    title: 'more',
    body: '',
    state: 'open',
    author: stranger,
    committers: [],
    base: 'main',
    head: { branch: 'feature', commit: head, isOwn: true },
    closed: null,
    mergedBy: null,
    mergedAs: null,
    mergedAt: null,
  };
}
