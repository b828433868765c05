import { type Commit, readCommit, type Signature } from '../git/commits.ts';
import { associatedPulls } from '../rest/handlers/commits.ts';
import { webUrl } from '../rest/shapes/repository.ts';
import type { Repository } from '../state/repository.ts';
import { stamp } from '../state/stamp.ts';
import { connection, type PageArguments } from './connection.ts';
import { type Context, requireGrant, userNode } from './context.ts';
import { pullNode } from './pull.ts';

export function commitNode(context: Context, repository: Repository, commit: Commit) {
  const { id, message, author, committer, parents } = commit;
  return {
    __typename: 'Commit',
    id: `C_${id}`,
    oid: id,
    abbreviatedOid: id.slice(0, 7),
    message,
    messageHeadline: message.split('\n')[0] ?? '',
    authoredDate: stamp(author.at),
    committedDate: stamp(committer.at),
    author: gitActor(context, author),
    committer: gitActor(context, committer),
    authors: (page: PageArguments) =>
      connection('authors', [author, ...coAuthors(message, author)], page, (one) => gitActor(context, one)),
    url: `${webUrl(context.world, repository)}/commit/${id}`,
    signature: signatureOf(repository, commit),
    parents: (page: PageArguments) =>
      connection(
        'parents',
        parents.flatMap((parent) => readCommit(repository.bare.store, parent) ?? []),
        page,
        (parent) => commitNode(context, repository, parent),
      ),
    associatedPullRequests: (page: PageArguments) => {
      requireGrant(context, repository, [['pull_requests', 'read']]);
      return connection('associatedPullRequests', associatedPulls(repository, id), page, (issue) =>
        pullNode(context, issue),
      );
    },
  };
}

/** The commit with this id; null when there is none. */
export function commitById(context: Context, repository: Repository, id: string | null) {
  const commit = id === null ? null : readCommit(repository.bare.store, id);
  return commit === null ? null : commitNode(context, repository, commit);
}

function gitActor({ world }: Context, { name, email, at }: Signature) {
  return { name, email, date: stamp(at), user: userNode(world.accountOf(email)) };
}

/** The authors whom the message names besides. */
function coAuthors(message: string, { at }: Signature): readonly Signature[] {
  const lines = message.matchAll(/^Co-authored-by: (.+) <([^<>]+)>$/gim);
  return [...lines].map(([, name = '', email = '']) => ({ name, email, at }));
}

function signatureOf({ verified }: Repository, { id, signed, committer }: Commit) {
  if (!signed) return null;
  const valid = verified.has(id);
  return {
    __typename: 'GpgSignature',
    isValid: valid,
    state: valid ? 'VALID' : 'UNKNOWN_KEY',
    wasSignedByGitHub: valid && committer.name === 'GitHub',
  };
}
