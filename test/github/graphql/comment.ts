import { associationOf } from '../rest/shapes/issue.ts';
import { webUrl } from '../rest/shapes/repository.ts';
import type { Comment } from '../state/issues.ts';
import { stamp } from '../state/stamp.ts';
import { actorNode, type Context } from './context.ts';

export function commentNode({ world, by }: Context, comment: Comment) {
  const { issue, edited, author } = comment;
  const { repository, number, pull } = issue;
  const page = `${webUrl(world, repository)}/${pull === null ? 'issues' : 'pull'}/${number}`;
  return {
    __typename: 'IssueComment',
    id: comment.nodeId,
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: actorNode(author),
    authorAssociation: associationOf(repository, author),
    viewerDidAuthor: author === by.account,
    body: comment.body,
    createdAt: stamp(comment.createdAt),
    updatedAt: stamp(comment.updatedAt),
    lastEditedAt: edited === null ? null : stamp(edited.at),
    editor: edited === null ? null : actorNode(edited.by),
    includesCreatedEdit: edited !== null,
    isMinimized: comment.minimized !== null,
    minimizedReason: comment.minimized,
    url: `${page}#issuecomment-${comment.id}`,
  };
}
