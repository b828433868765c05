import type { CheckState } from '../../src/release/fact.ts';
import {
  type Account,
  type Comment,
  type EnvironmentVote,
  type Forge,
  ForgeError,
  type Issue,
  type PullRequest,
  type Reaction,
  type Review,
  type Right,
  type WorkflowRun,
} from '../../src/release/forge.ts';
import type { BranchRules } from '../../src/release/repository-settings.ts';
import type { Changed } from './memory-git.ts';

/** A forge in memory with pull requests, comments and people, and what a test does to it. */
export interface MemoryForge {
  /** The forge as an account sees it; ours where it is left out. */
  as(login?: string): Forge;
  /** Makes an account, or changes its right. */
  person(login: string, right: Right, is?: Account['is']): Account;
  account(login: string): Account;
  /** Somebody's merged pull request with these commits; its number. */
  merged(commits: readonly string[], more?: Partial<PullRequest>): number;
  /** Somebody opens an issue; its number. */
  issue(): number;
  /** Somebody writes a comment. */
  say(login: string, number: number, body: string): Comment;
  edit(id: number, body: string): void;
  remove(id: number): void;
  /** The account of a comment is deleted. */
  orphan(id: number): void;
  body(id: number): string;
  bodies(number: number): readonly string[];
  state(number: number): PullRequest['state'];
  reactions(comment: number): readonly Reaction[];
  /** The members of a team; null for a team that nobody may read. */
  team(name: string, members: readonly string[] | null): void;
  /** The newest pull request of a branch. */
  pull(branch: string): PullRequest;
  /** Somebody approves a pull request as it is, or another commit of it. */
  approve(login: string, number: number, commit?: string): void;
  /** Somebody merges a pull request. */
  merge(login: string, number: number, how?: 'merge' | 'squash'): void;
  /** Somebody closes a pull request. */
  close(login: string, number: number): void;
  /** Somebody pushes files to the branch of a pull request. */
  push(number: number, files: Readonly<Record<string, string | null>>): void;
  /** Puts a label on an issue that somebody opened; takes it off again for null. */
  label(label: string | null, issue: Pick<Issue, 'title' | 'body'>, login?: string): void;
  /** A run of a workflow is completed. */
  ends(id: string, conclusion: string): void;
  /** What a check of this name on a commit says; null for none. */
  check(commit: string, name: string, state: CheckState | null): void;
  /** Whether runs that were started are listed. */
  listsRuns: boolean;
  /** A run of a workflow that somebody started, those who let its environment go on, and those who rejected it. */
  run(
    id: string,
    login: string,
    more?: Partial<WorkflowRun>,
    reviewers?: readonly string[],
    rejected?: readonly string[],
  ): void;
  /** Somebody opens a pull request again that was closed. */
  reopen(number: number): void;
  /** Whether a rule of the branch keeps pull requests from being merged by us. */
  keepsFromMerging: boolean;
  /** What every branch asks of whoever changes it. */
  rules: BranchRules;
  /** The open pull requests from branches whose names begin so, the oldest first. */
  open(prefix: string): readonly PullRequest[];
  /** The merged pull requests that brought a commit. */
  pullsOf(commit: string): readonly PullRequest[];
  /** Called before each request with its name; it may throw. */
  before: (request: keyof Forge) => void | Promise<void>;
  /** The same forge for another test: what happens to either from here on, the other does not see. */
  fork(now: () => Date, origin: ForgeBranches | null): MemoryForge;
}

/** What the forge does with the branches of its repository. */
export interface ForgeBranches {
  tip(branch: string): string;
  has(branch: string): boolean;
  branch(name: string, commit: string): void;
  remove(branch: string): void;
  commit(files: Changed, where: { readonly branch: string; readonly subject?: string }): string;
  /** Merges a branch into another with a merge commit; its id. */
  merge(from: string, into: string, how?: 'merge' | 'squash'): string;
}

/** The login of our own account. */
export const OURS = 'stepgate[bot]';

/** A branch without any rule. */
export const noRules: BranchRules = {
  ...{ isProtected: false, reviews: null, ownersReview: false, signatures: false },
  ...{ queue: false, checks: false, isClosed: false },
};

/** What a forge has. */
interface Kept {
  readonly accounts: Map<string, { readonly account: Account; readonly right: Right }>;
  readonly pullRequests: Map<number, PullRequest & { readonly commits: readonly string[] }>;
  readonly comments: Map<number, Comment & { readonly on: number; readonly reactions: ReadonlySet<Reaction> }>;
  readonly teams: Map<string, readonly string[] | null>;
  readonly reviews: Map<number, readonly Review[]>;
  readonly runs: Map<string, { readonly run: WorkflowRun; readonly votes: readonly EnvironmentVote[] }>;
  readonly labelled: { readonly label: string; readonly issue: Issue } | null;
  readonly last: number;
}

/** `origin` is the repository, for what the forge does with branches. */
export function memoryForge(now: () => Date, origin: ForgeBranches | null = null): MemoryForge {
  const kept: Kept = {
    ...{ accounts: new Map(), pullRequests: new Map(), comments: new Map(), teams: new Map() },
    ...{ reviews: new Map(), runs: new Map(), labelled: null, last: 0 },
  };
  const forge = forgeWith(kept, now, origin);
  forge.person(OURS, 'write', 'bot');
  return forge;
}

function forgeWith(kept: Kept, now: () => Date, origin: ForgeBranches | null): MemoryForge {
  const { accounts, pullRequests, comments, teams, reviews, runs } = kept;
  const checks = new Map<string, CheckState>();
  let { labelled, last } = kept;
  let requests = 0;
  const next = () => {
    last += 1;
    return last;
  };

  const world: MemoryForge = {
    as: (login = OURS) => forgeOf(login),
    person(login, right, is = 'person') {
      const account = accounts.get(login)?.account ?? { id: next(), login, is };
      accounts.set(login, { account, right });
      return account;
    },
    account: who,
    merged(commits, more = {}) {
      const number = next();
      const mergedAs = commits.at(-1) ?? null;
      pullRequests.set(number, {
        ...{ number, url: `https://forge.example/pull/${number}`, title: 'a change', body: '', state: 'merged' },
        ...{
          author: null,
          committers: [],
          base: 'main',
          mergedBy: null,
          mergedAs,
          mergedAt: now(),
          commits,
          closed: null,
        },
        head: { branch: 'change', commit: commits.at(-1) ?? '', isOwn: true },
        ...more,
      });
      return number;
    },
    issue: next,
    say(login, number, body) {
      const found = accounts.get(login);
      if (found === undefined) throw new Error(`there is no account ${login}`);
      const id = next();
      const url = `https://forge.example/${number}#comment-${id}`;
      // The forge's times are whole seconds.
      const at = new Date(Math.floor(now().getTime() / 1000) * 1000);
      const comment = { id, url, author: found.account, body, at, isEdited: false };
      comments.set(id, { ...comment, on: number, reactions: new Set() });
      return comment;
    },
    edit: (id, body) => change(id, { body, isEdited: true }),
    remove: (id) => void comments.delete(id),
    orphan: (id) => change(id, { author: null }),
    body: (id) => comments.get(id)?.body ?? '',
    state: (number) => pulled(number).state,
    bodies: (number) => [...comments.values()].filter((one) => one.on === number).map((one) => one.body),
    reactions: (id) => [...(comments.get(id)?.reactions ?? [])],
    team: (name, members) => void teams.set(name, members),
    pull(branch) {
      const found = [...pullRequests.values()].findLast(({ head }) => head.branch === branch);
      if (found === undefined) throw new Error(`no pull request is from ${branch}`);
      return seen(found);
    },
    approve(login, number, commit = seen(pulled(number)).head.commit) {
      const review: Review = {
        url: `https://forge.example/${number}#r`,
        author: who(login),
        is: 'approving',
        commit,
        at: now(),
      };
      reviews.set(number, [...(reviews.get(number) ?? []), review]);
    },
    merge(login, number, how) {
      const pull = seen(pulled(number));
      const mergedAs = repository().merge(pull.head.branch, pull.base, how);
      edit(number, {
        state: 'merged',
        mergedBy: who(login),
        mergedAs,
        mergedAt: now(),
        head: pull.head,
        commits: [pull.head.commit, mergedAs],
      });
    },
    close: (login, number) =>
      edit(number, { state: 'closed', closed: { by: who(login), at: now() }, head: seen(pulled(number)).head }),
    push: (number, files) => void repository().commit(files, { branch: pulled(number).head.branch }),
    label(label, issue, login = OURS) {
      const number = next();
      const url = `https://forge.example/issues/${number}`;
      labelled = label === null ? null : { label, issue: { number, url, author: who(login), at: now(), ...issue } };
    },
    run(id, login, more = {}, reviewers = [], rejected = []) {
      const run: WorkflowRun = {
        ...{ id, attempt: 1, url: `https://forge.example/runs/${id}`, event: 'workflow_dispatch', title: 'promote' },
        ...{ file: '.github/workflows/promote.yml', branch: 'main', commit: '', startedBy: who(login) },
        ...{ createdAt: now(), status: 'running', conclusion: null },
        ...more,
      };
      const votes = [...reviewers, ...rejected].map((one, index) => ({
        environment: 'prod',
        by: who(one),
        isApproving: index < reviewers.length,
      }));
      runs.set(id, { run, votes });
    },
    ends(id, conclusion) {
      const found = runs.get(id);
      if (found === undefined) throw new Error(`there is no run ${id}`);
      runs.set(id, { ...found, run: { ...found.run, status: 'completed', conclusion } });
    },
    check: (commit, name, state) =>
      void (state === null ? checks.delete(`${commit} ${name}`) : checks.set(`${commit} ${name}`, state)),
    listsRuns: true,
    reopen: (number) => edit(number, { state: 'open', closed: null }),
    keepsFromMerging: false,
    rules: noRules,
    open: (prefix) =>
      [...pullRequests.values()]
        .filter(({ state, head }) => state === 'open' && head.branch.startsWith(prefix))
        .map(seen),
    pullsOf: (commit) =>
      [...pullRequests.values()].filter((one) => one.state === 'merged' && one.commits.includes(commit)),
    before: () => {},
    fork: (clock, branches) =>
      forgeWith(
        {
          ...{ accounts: new Map(accounts), pullRequests: new Map(pullRequests), comments: new Map(comments) },
          ...{ teams: new Map(teams), reviews: new Map(reviews), runs: new Map(runs), labelled, last },
        },
        clock,
        branches,
      ),
  };
  return world;

  function repository(): ForgeBranches {
    if (origin === null) throw new Error('this forge has no repository');
    return origin;
  }

  function who(login: string): Account {
    const found = accounts.get(login);
    if (found === undefined) throw new Error(`there is no account ${login}`);
    return found.account;
  }

  function pulled(number: number) {
    const found = pullRequests.get(number);
    if (found === undefined) throw new ForgeError('missing', `there is no pull request ${number}`);
    return found;
  }

  function edit(number: number, what: Partial<PullRequest> & { readonly commits?: readonly string[] }): void {
    pullRequests.set(number, { ...pulled(number), ...what });
  }

  /** The head of an open pull request is the tip of its branch. */
  function seen(pull: PullRequest): PullRequest {
    if (pull.state !== 'open' || origin === null) return pull;
    return { ...pull, head: { ...pull.head, commit: origin.tip(pull.head.branch) } };
  }

  function change(id: number, what: Partial<Comment>): void {
    const found = comments.get(id);
    if (found === undefined) throw new ForgeError('missing', `there is no comment ${id}`);
    comments.set(id, { ...found, ...what });
  }

  function forgeOf(login: string): Forge {
    const ask = async <T>(name: keyof Forge, body: () => T): Promise<T> => {
      requests += 1;
      await world.before(name);
      return body();
    };
    const not = (name: keyof Forge) => () => Promise.reject(new Error(`this forge has no ${name}`));
    return {
      title: 'forge.example/acme/shop',
      url: 'https://forge.example/acme/shop',
      get requests() {
        return requests;
      },
      viewer: () => ask('viewer', () => world.person(login, accounts.get(login)?.right ?? 'write')),
      pullRequestsOf: (commits, branch) =>
        ask(
          'pullRequestsOf',
          () =>
            new Map(
              commits.map((commit) => [
                commit,
                [...pullRequests.values()].filter(
                  (one) => one.state === 'merged' && one.base === branch && one.commits.includes(commit),
                ),
              ]),
            ),
        ),
      pullRequest: (number) =>
        ask('pullRequest', () => {
          const found = pullRequests.get(number);
          return found === undefined ? null : seen(found);
        }),
      comments: (number) =>
        ask('comments', () =>
          [...comments.values()]
            .filter((one) => one.on === number)
            .map(({ on: _on, reactions: _reactions, ...comment }) => comment),
        ),
      right: (name) => ask('right', () => accounts.get(name)?.right ?? 'none'),
      comment: (number, body) => ask('comment', () => world.say(login, number, body)),
      editComment: (id, body) => ask('editComment', () => world.edit(id, body)),
      react: (id, reaction) =>
        ask('react', () => {
          const found = comments.get(id);
          if (found !== undefined) comments.set(id, { ...found, reactions: new Set([...found.reactions, reaction]) });
        }),
      pullRequestsFrom: (prefix) =>
        ask('pullRequestsFrom', () =>
          [...pullRequests.values()]
            .filter(({ head }) => head.branch.startsWith(prefix))
            .map(seen)
            .toReversed(),
        ),
      reviews: (number) => ask('reviews', () => reviews.get(number) ?? []),
      members: (team) => ask('members', () => teams.get(team)?.map((one) => who(one)) ?? null),
      workflowRun: (id) => ask('workflowRun', () => runs.get(id)?.run ?? null),
      workflowRuns: (file, event) =>
        ask('workflowRuns', () =>
          (world.listsRuns ? [...runs.values()] : [])
            .map(({ run }) => run)
            .filter((run) => run.file.endsWith(`/${file}`) && run.event === event)
            .toReversed(),
        ),
      checkOf: (commit, name) => ask('checkOf', () => checks.get(`${commit} ${name}`) ?? null),
      startWorkflow: ({ file, branch, inputs }) =>
        ask('startWorkflow', () => {
          const id = String(next());
          const title = Object.values(inputs).join(' ');
          world.run(id, login, { file: `.github/workflows/${file}`, branch, title });
          return id;
        }),
      environmentVotes: (id) => ask('environmentVotes', () => runs.get(id)?.votes ?? []),
      issuesLabelled: (label) => ask('issuesLabelled', () => (labelled?.label === label ? [labelled.issue] : [])),
      writeCheck: not('writeCheck'),
      deployments: not('deployments'),
      createDeployment: not('createDeployment'),
      writeDeploymentStatus: not('writeDeploymentStatus'),
      workflowRights: () => ask('workflowRights', () => ({ mayOpenPullRequests: true, byDefault: 'read' as const })),
      environment: not('environment'),
      branchRules: (branch) => ask('branchRules', () => (repository().has(branch) ? world.rules : null)),
      branchHead: (branch) => ask('branchHead', () => (repository().has(branch) ? repository().tip(branch) : null)),
      createBranch: (branch, commit) =>
        ask('createBranch', () => {
          if (repository().has(branch) && repository().tip(branch) !== commit)
            throw new ForgeError('conflict', `${branch} is there, at another commit`);
          repository().branch(branch, commit);
        }),
      deleteBranch: (branch) =>
        ask('deleteBranch', () => {
          // Whoever deletes the branch of an open pull request closes it.
          for (const { number, head } of world.open(branch)) if (head.branch === branch) world.close(login, number);
          repository().remove(branch);
        }),
      commitFiles: ({ branch, onto, files, message }) =>
        ask('commitFiles', () => {
          if (repository().tip(branch) !== onto) throw new ForgeError('conflict', `${branch} has moved`);
          return repository().commit(Object.fromEntries(files), { branch, subject: message });
        }),
      openPullRequest: ({ title, body, head, base }) =>
        ask('openPullRequest', () => {
          if (world.open(head).some((one) => one.head.branch === head))
            throw new ForgeError('conflict', `there is a pull request of ${head} already`);
          const number = next();
          pullRequests.set(number, {
            ...{ number, url: `https://forge.example/pull/${number}`, title, body, state: 'open', base, commits: [] },
            ...{ author: who(login), committers: [], mergedBy: null, mergedAs: null, mergedAt: null, closed: null },
            head: { branch: head, commit: repository().tip(head), isOwn: true },
          });
          return seen(pulled(number));
        }),
      editPullRequest: (number, { state, ...text }) =>
        ask('editPullRequest', () => {
          const before = seen(pulled(number));
          const closed = state === 'closed' ? { by: who(login), at: now() } : null;
          edit(number, { ...text, ...(state === undefined ? {} : { state, closed, head: before.head }) });
        }),
      mergePullRequest: (number, head) =>
        ask('mergePullRequest', () => {
          if (seen(pulled(number)).head.commit !== head)
            throw new ForgeError('conflict', `#${number} has another head`);
          if (world.keepsFromMerging) return false;
          world.merge(login, number);
          return true;
        }),
    };
  }
}
