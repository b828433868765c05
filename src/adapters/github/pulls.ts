import type { Forge } from '../../release/forge.ts';
import { objectAt, stringAt } from '../../release/json.ts';
import type { Client } from './client.ts';
import { batches, nodesAt, ofRepository } from './connection.ts';
import { isCommit, numberIn, textIn, yesOrNoIn } from './foreign.ts';
import type { PullReader } from './pull-reader.ts';

/** How many commits are asked for with one request. */
const AT_ONCE = 100;

/** A commit may be in several pull requests; also in those of other repositories, when it came from there. */
const FOUND = `fragment found on Commit {
  associatedPullRequests(first: 25) { nodes { number state baseRefName repository { id } } }
}`;

/** By the names of branches those that are there; and the newest ones, whose branches may be deleted. */
const BY_BRANCH = `query($owner: String!, $name: String!, $folder: String!, $start: String) {
  repository(owner: $owner, name: $name) {
    refs(refPrefix: $folder, query: $start, first: 100) {
      nodes { associatedPullRequests(first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ...branch } } }
    }
    pullRequests(first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ...branch } }
  }
}
fragment branch on PullRequest { number headRefName isCrossRepository }`;

type Pulls = Pick<Forge, 'pullRequestsOf' | 'pullRequest' | 'pullRequestsFrom'>;

/** Finds pull requests: first the numbers of those that are meant, then each with its people. */
export function pulls(client: Client, reader: PullReader): Pulls {
  const { owner, name } = client.place;

  /** For each commit the numbers of the pull requests that were merged into the branch with it. */
  async function numbersOf(commits: readonly string[], branch: string, signal: AbortSignal) {
    const found = new Map<string, readonly number[]>();
    for (const some of batches(commits, AT_ONCE)) {
      const asked = some.map((commit) => `c${commit}: object(oid: "${commit}") { ...found }`);
      const query = ofRepository(['id', ...asked], FOUND);
      const repository = objectAt(await client.query('pullRequestsOf', query, { owner, name }, signal), 'repository');
      const here = textIn(repository, 'id');
      for (const commit of some) {
        const merged = nodesAt(repository, `c${commit}`, 'associatedPullRequests')
          .filter((pull) => stringAt(pull, 'state') === 'MERGED' && stringAt(pull, 'baseRefName') === branch)
          .filter((pull) => stringAt(pull, 'repository', 'id') === here);
        found.set(
          commit,
          merged.map((pull) => numberIn(pull, 'number')),
        );
      }
    }
    return found;
  }

  return {
    async pullRequestsOf(commits, branch, signal) {
      for (const commit of commits) if (!isCommit(commit)) throw new Error(`${JSON.stringify(commit)} is no commit`);
      const numbers = await numbersOf([...new Set(commits)], branch, signal);
      const pulls = await reader.many('pullRequestsOf', [...new Set([...numbers.values()].flat())], signal);
      return new Map(
        [...numbers].map(([commit, some]) => [commit, pulls.filter(({ number }) => some.includes(number))]),
      );
    },

    pullRequest: (number, signal) => reader.one('pullRequest', number, signal),

    async pullRequestsFrom(branchPrefix, signal) {
      const [, folder = '', start = ''] = /^(.*\/)?([^/]*)$/su.exec(branchPrefix) ?? [];
      const asked = { owner, name, folder: `refs/heads/${folder}`, start: start === '' ? null : start };
      const data = await client.query('pullRequestsFrom', BY_BRANCH, asked, signal);
      const byBranch = nodesAt(data, 'repository', 'refs').flatMap((ref) => nodesAt(ref, 'associatedPullRequests'));
      const numbers = [...byBranch, ...nodesAt(data, 'repository', 'pullRequests')]
        .filter((pull) => !yesOrNoIn(pull, 'isCrossRepository'))
        .filter((pull) => (stringAt(pull, 'headRefName') ?? '').startsWith(branchPrefix))
        .map((pull) => numberIn(pull, 'number'));
      const newest = [...new Set(numbers)].toSorted((left, right) => right - left).slice(0, 100);
      const found = await reader.many('pullRequestsFrom', newest, signal);
      return found.toSorted((left, right) => right.number - left.number);
    },
  };
}
