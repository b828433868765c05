import type { Comment, Forge, Issue, Review } from '../../release/forge.ts';
import { at, type JsonObject, objectAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { allNodes, PAGE_INFO } from './connection.ts';
import { ACCOUNT, accountAt, actorAt, dateIn, isCommit, numberIn, textIn } from './foreign.ts';

/** How many are read at most. */
const MOST = 2000;

/** The id of a comment is larger than GraphQL's Int, so it is asked for as a text. */
const COMMENTS = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) {
      ... on Issue { comments(first: 100, after: $after) { ...comments } }
      ... on PullRequest { comments(first: 100, after: $after) { ...comments } }
    }
  }
}
fragment comments on IssueCommentConnection {
  ${PAGE_INFO} nodes { fullDatabaseId url body createdAt lastEditedAt author { ...account } }
}
${ACCOUNT}`;

const REVIEWS = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(first: 100, after: $after) { ${PAGE_INFO} nodes { url state submittedAt commit { oid } author { ...account } } }
    }
  }
}
${ACCOUNT}`;

const ISSUES = `query($owner: String!, $name: String!, $label: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    issues(first: 100, after: $after, labels: [$label], states: [OPEN]) {
      ${PAGE_INFO} nodes { number url title body createdAt author { ...account } }
    }
  }
}
${ACCOUNT}`;

type Talk = Pick<Forge, 'comments' | 'reviews' | 'issuesLabelled' | 'comment' | 'editComment' | 'react'>;

/** What people write: comments, reviews, issues and reactions. */
export function talk(client: Client): Talk {
  const { owner, name } = client.place;

  return {
    async comments(number, signal) {
      const found = await allNodes({ client, operation: 'comments', most: MOST }, async (after) => {
        const data = await client.query('comments', COMMENTS, { owner, name, number, after }, signal);
        if (at(data, 'repository', 'issueOrPullRequest') === null)
          throw client.failed('comments', 'missing', `there is no #${number}`);
        return objectAt(data, 'repository', 'issueOrPullRequest', 'comments');
      });
      return found.map(commentIn).toSorted((left, right) => +left.at - +right.at || left.id - right.id);
    },

    async reviews(number, signal) {
      const found = await allNodes({ client, operation: 'reviews', most: MOST }, async (after) => {
        const data = await client.query('reviews', REVIEWS, { owner, name, number, after }, signal);
        if (at(data, 'repository', 'pullRequest') === null)
          throw client.failed('reviews', 'missing', `there is no pull request #${number}`);
        return objectAt(data, 'repository', 'pullRequest', 'reviews');
      });
      return found.flatMap(reviewIn).toSorted((left, right) => +left.at - +right.at);
    },

    async issuesLabelled(label, signal) {
      const found = await allNodes({ client, operation: 'issuesLabelled', most: MOST }, async (after) => {
        const data = await client.query('issuesLabelled', ISSUES, { owner, name, label, after }, signal);
        return objectAt(data, 'repository', 'issues');
      });
      return found.map(issueIn);
    },

    async comment(number, body, signal) {
      const url = path`/repos/${owner}/${name}/issues/${number}/comments`;
      const { data } = await client.rest('comment', { method: 'POST', url, body: { body } }, signal);
      return {
        id: numberIn(data, 'id'),
        url: textIn(data, 'html_url'),
        author: accountAt(data, 'user'),
        body: textIn(data, 'body'),
        at: dateIn(data, 'created_at'),
        isEdited: false,
      };
    },

    async editComment(id, body, signal) {
      const url = path`/repos/${owner}/${name}/issues/comments/${id}`;
      await client.rest('editComment', { method: 'PATCH', url, body: { body }, repeatable: true }, signal);
    },

    async react(comment, reaction, signal) {
      const url = path`/repos/${owner}/${name}/issues/comments/${comment}/reactions`;
      await client.rest('react', { method: 'POST', url, body: { content: reaction }, repeatable: true }, signal);
    },
  };
}

function commentIn(node: JsonObject): Comment {
  const id = stringAt(node, 'fullDatabaseId') ?? '';
  return {
    id: numberIn({ id: /^\d{1,16}$/.test(id) ? Number(id) : null }, 'id'),
    url: textIn(node, 'url'),
    author: actorAt(node, 'author'),
    body: textIn(node, 'body'),
    at: dateIn(node, 'createdAt'),
    // Not by the time of its last change, which is in seconds, and other things than an edit may move it.
    isEdited: at(node, 'lastEditedAt') !== null,
  };
}

const verdicts = {
  APPROVED: 'approving',
  CHANGES_REQUESTED: 'refusing',
  DISMISSED: 'dismissed',
  COMMENTED: 'neither',
} as const;

/** A review; none while its author still writes it. */
function reviewIn(node: JsonObject): readonly Review[] {
  const state = textIn(node, 'state');
  if (state === 'PENDING') return [];
  const commit = stringAt(node, 'commit', 'oid') ?? '';
  return [
    {
      url: textIn(node, 'url'),
      author: actorAt(node, 'author'),
      is: isVerdict(state) ? verdicts[state] : 'neither',
      commit: isCommit(commit) ? commit : '',
      at: dateIn(node, 'submittedAt'),
    },
  ];
}

function isVerdict(state: string): state is keyof typeof verdicts {
  return Object.hasOwn(verdicts, state);
}

function issueIn(node: JsonObject): Issue {
  return {
    number: numberIn(node, 'number'),
    url: textIn(node, 'url'),
    title: textIn(node, 'title'),
    body: textIn(node, 'body'),
    author: actorAt(node, 'author'),
    at: dateIn(node, 'createdAt'),
  };
}
