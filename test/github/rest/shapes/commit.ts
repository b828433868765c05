import type { Commit, Signature } from '../../git/commits.ts';
import type { Repository } from '../../state/repository.ts';
import { stamp } from '../../state/stamp.ts';
import type { World } from '../../state/world.ts';
import { userShape } from './account.ts';
import { apiUrl, webUrl } from './repository.ts';

export function commitShape(world: World, repository: Repository, commit: Commit) {
  const api = apiUrl(world, repository);
  const { id, tree, message, author, committer, parents } = commit;
  return {
    sha: id,
    node_id: `C_${id}`,
    commit: {
      author: signatureShape(author),
      committer: signatureShape(committer),
      message,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      url: `${api}/git/commits/${id}`,
      comment_count: 0,
      verification: verificationShape(repository, commit),
    },
    url: `${api}/commits/${id}`,
    html_url: `${webUrl(world, repository)}/commit/${id}`,
    comments_url: `${api}/commits/${id}/comments`,
    author: accountShape(world, author),
    committer: accountShape(world, committer),
    parents: parentsShape(world, repository, parents),
  };
}

export function gitCommitShape(world: World, repository: Repository, commit: Commit) {
  const { id, tree, message, author, committer, parents } = commit;
  const api = apiUrl(world, repository);
  return {
    sha: id,
    node_id: `C_${id}`,
    url: `${api}/git/commits/${id}`,
    html_url: `${webUrl(world, repository)}/commit/${id}`,
    author: signatureShape(author),
    committer: signatureShape(committer),
    tree: { sha: tree, url: `${api}/git/trees/${tree}` },
    message,
    parents: parentsShape(world, repository, parents),
    verification: verificationShape(repository, commit),
  };
}

/** No signature is verified: GitHub's own commits and those of trusted people count as signed. */
export function verificationShape({ verified }: Repository, { id, signed, committer }: Commit) {
  const valid = verified.has(id);
  return {
    verified: valid,
    reason: valid ? 'valid' : signed ? 'unknown_key' : 'unsigned',
    signature: signed ? '-----BEGIN PGP SIGNATURE-----' : null,
    payload: signed ? id : null,
    verified_at: valid ? stamp(committer.at) : null,
  };
}

function signatureShape({ name, email, at }: Signature) {
  return { name, email, date: stamp(at) };
}

function accountShape(world: World, { email }: Signature) {
  const account = world.accountOf(email);
  return account === null ? null : userShape(world, account);
}

function parentsShape(world: World, repository: Repository, parents: readonly string[]) {
  return parents.map((sha) => ({
    sha,
    url: `${apiUrl(world, repository)}/commits/${sha}`,
    html_url: `${webUrl(world, repository)}/commit/${sha}`,
  }));
}
