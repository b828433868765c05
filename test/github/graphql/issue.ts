import { webUrl } from '../rest/shapes/repository.ts';
import { commentsOf, type Issue } from '../state/issues.ts';
import { stamp } from '../state/stamp.ts';
import { commentNode } from './comment.ts';
import { connection, type PageArguments } from './connection.ts';
import { actorNode, type Context, requireGrant } from './context.ts';

/** A plain issue. */
export function issueNode(context: Context, issue: Issue) {
  const { repository, number } = issue;
  return {
    __typename: 'Issue',
    id: issue.nodeId,
    number,
    title: issue.title,
    body: issue.body ?? '',
    url: `${webUrl(context.world, repository)}/issues/${number}`,
    state: issue.state.toUpperCase(),
    createdAt: stamp(issue.createdAt),
    updatedAt: stamp(issue.updatedAt),
    author: actorNode(issue.author),
    comments: (page: PageArguments) => {
      requireGrant(context, repository, [['issues', 'read']]);
      return connection('comments', commentsOf(issue), page, (comment) => commentNode(context, comment));
    },
  };
}
