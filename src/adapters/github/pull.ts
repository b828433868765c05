import type { Account, PullRequest } from '../../release/forge.ts';
import { at, type JsonObject, stringAt } from '../../release/json.ts';
import { nodesAt } from './connection.ts';
import { ACCOUNT, actorAt, commitIn, dateIn, numberIn, textIn, yesOrNoIn } from './foreign.ts';

/** The bot by which GitHub merges what is in a merge queue. */
const QUEUE = 'github-merge-queue[bot]';

/**
 * The people of a page of commits. A commit has few authors, but more may be written into its message: all of them are
 * read, or one of them could stay unknown.
 */
export const COMMITS = `fragment commits on PullRequestCommitConnection {
  pageInfo { hasNextPage endCursor }
  nodes { commit { authors(first: 50) { nodes { user { ...account } } } committer { user { ...account } } } }
}`;

/** Fields of a pull request, with the first page of its commits. */
export const PULL = `fragment pull on PullRequest {
  number url title body state baseRefName headRefName headRefOid isCrossRepository closedAt mergedAt
  author { ...account } mergedBy { ...account } mergeCommit { oid }
  timelineItems(itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT], last: 20) {
    nodes { ... on AddedToMergeQueueEvent { createdAt actor { ...account } } }
  }
  closings: timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {
    nodes { ... on ClosedEvent { actor { ...account } } }
  }
  commits(first: 100) { ...commits }
}
${COMMITS}
${ACCOUNT}`;

const states = { OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const;

/** A pull request from its fields; `committers` are those of all its commits. */
export function pullIn(node: JsonObject, committers: readonly Account[]): PullRequest {
  const state = stringAt(node, 'state') ?? '';
  const mergedAt = stringAt(node, 'mergedAt') === null ? null : dateIn(node, 'mergedAt');
  return {
    number: numberIn(node, 'number'),
    url: textIn(node, 'url'),
    title: textIn(node, 'title'),
    body: textIn(node, 'body'),
    state: isState(state) ? states[state] : 'closed',
    author: actorAt(node, 'author'),
    committers,
    base: textIn(node, 'baseRefName'),
    head: {
      branch: textIn(node, 'headRefName'),
      commit: commitIn(node, 'headRefOid'),
      isOwn: !yesOrNoIn(node, 'isCrossRepository'),
    },
    closed: closedIn(node),
    mergedBy: mergedAt === null ? null : mergedBy(node, mergedAt),
    mergedAs: at(node, 'mergeCommit', 'oid') === undefined ? null : commitIn(node, 'mergeCommit', 'oid'),
    mergedAt,
  };
}

/** Who closed it, and when; a merge closes it too, and is none. */
function closedIn(node: JsonObject): PullRequest['closed'] {
  if (stringAt(node, 'state') !== 'CLOSED') return null;
  return { by: actorAt(nodesAt(node, 'closings').at(-1), 'actor'), at: dateIn(node, 'closedAt') };
}

function isState(state: string): state is keyof typeof states {
  return Object.hasOwn(states, state);
}

/** Who merged it. What the queue merged was merged by whoever queued it last before. */
function mergedBy(node: JsonObject, mergedAt: Date): Account | null {
  const by = actorAt(node, 'mergedBy');
  if (by?.login !== QUEUE) return by;
  const queued = nodesAt(node, 'timelineItems').filter((event) => dateIn(event, 'createdAt') <= mergedAt);
  // Times are whole seconds. Of two in one second the later one is listed later, and the sort keeps that order.
  const last = queued.toSorted((left, right) => +dateIn(left, 'createdAt') - +dateIn(right, 'createdAt')).at(-1);
  return last === undefined ? by : actorAt(last, 'actor');
}

/** The accounts of a page of commits, each once. */
export function committersOn(pages: readonly JsonObject[]): readonly Account[] {
  const found = new Map<number, Account>();
  for (const node of pages.flatMap((page) => nodesAt(page))) {
    const users = [...nodesAt(node, 'commit', 'authors'), at(node, 'commit', 'committer')];
    for (const account of users.map((user) => actorAt(user, 'user'))) {
      if (account !== null && !found.has(account.id)) found.set(account.id, account);
    }
  }
  return [...found.values()];
}
