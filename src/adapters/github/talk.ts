import type { Comment, Forge, Issue, Review } from '../../release/forge.ts';
import { at, isObject, type JsonObject, objectAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { allNodes, batches, ofRepository, PAGE_INFO } from './connection.ts';
import { ACCOUNT, accountAt, actorAt, dateIn, isCommit, numberIn, textIn } from './foreign.ts';
import { gathered } from './gathered.ts';

/** How many are read at most. */
const MOST = 2000;

/** Of how many pull requests or issues comments are asked for with one request. */
const AT_ONCE = 10;

/** The id of a comment is larger than GraphQL's Int, so it is asked for as a text. */
const COMMENTS = `fragment comments on IssueCommentConnection {
  ${PAGE_INFO} nodes { fullDatabaseId url body createdAt lastEditedAt author { ...account } }
}
${ACCOUNT}`;

const REVIEWS = `fragment reviews on PullRequestReviewConnection {
  ${PAGE_INFO} nodes { url state submittedAt commit { oid } author { ...account } }
}
${ACCOUNT}`;

/** What is asked for of a pull request or an issue: a page of its comments or reviews. */
const fields = {
  comments: (number: number, page: string) =>
    `n${number}: issueOrPullRequest(number: ${number}) {
      ... on Issue { comments(${page}) { ...comments } }
      ... on PullRequest { comments(${page}) { ...comments } }
    }`,
  reviews: (number: number, page: string) =>
    `n${number}: pullRequest(number: ${number}) { reviews(${page}) { ...reviews } }`,
};

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

  /** A page of comments or reviews of each of these. Numbers that are none are left out. */
  async function pages(
    what: keyof typeof fields,
    numbers: readonly number[],
    after: string | null,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, JsonObject>> {
    const found = new Map<number, JsonObject>();
    const page = `first: 100${after === null ? '' : `, after: ${JSON.stringify(after)}`}`;
    for (const some of batches(numbers, AT_ONCE)) {
      const parts = some.map((number) => fields[what](number, page));
      const query = ofRepository(parts, what === 'comments' ? COMMENTS : REVIEWS);
      const data = await client.query(what, query, { owner, name }, signal);
      for (const number of some) {
        if (isObject(at(data, 'repository', `n${number}`)))
          found.set(number, objectAt(data, 'repository', `n${number}`, what));
      }
    }
    return found;
  }

  /** First pages. What is asked for at the same time is asked for together. */
  const first = {
    comments: gathered<number, JsonObject>((numbers, signal) => pages('comments', numbers, null, signal)),
    reviews: gathered<number, JsonObject>((numbers, signal) => pages('reviews', numbers, null, signal)),
  };

  /** All comments or reviews of a pull request. `title`: what it has to be. */
  function allOf(what: keyof typeof fields, number: number, title: string, signal: AbortSignal) {
    return allNodes({ client, operation: what, most: MOST }, async (after) => {
      const page =
        after === null ? await first[what](number, signal) : (await pages(what, [number], after, signal)).get(number);
      if (page === undefined) throw client.failed(what, 'missing', `there is no ${title}#${number}`);
      return page;
    });
  }

  return {
    async comments(number, signal) {
      const found = await allOf('comments', number, '', signal);
      return found.map(commentIn).toSorted((left, right) => +left.at - +right.at || left.id - right.id);
    },

    async reviews(number, signal) {
      const found = await allOf('reviews', number, 'pull request ', signal);
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
