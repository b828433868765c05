import type { Forge } from '../../release/forge.ts';
import { isObject, type JsonObject, objectAt, stringAt } from '../../release/json.ts';
import type { Client } from './client.ts';
import { batches, nodesAt, ofRepository } from './connection.ts';
import { isCommit, numberIn, textIn, yesOrNoIn } from './foreign.ts';
import { gathered } from './gathered.ts';
import { PULL } from './pull.ts';
import type { PullReader } from './pull-reader.ts';

/** How many commits are asked for with one request. */
const AT_ONCE = 100;
/**
 * The most commits whose pull requests are read whole, with reviews and people, in the request that finds them. For more commits
 * one request finds the numbers and a second one reads the rest, because GitHub refuses a query that could return more than
 * 500,000 nodes.
 */
const FEW = 3;
/** How many prefixes of branch names are asked for with one request. */
const BRANCHES_AT_ONCE = 10;

/** A commit may be in several pull requests; also in those of other repositories, when it came from there. */
const FOUND = 'associatedPullRequests(first: 25) { nodes { number state baseRefName repository { id } } }';
const FOUND_WHOLE = 'associatedPullRequests(first: 25) { nodes { repository { id } ...pull } }';

/** Whether the fields of a pull request are those that `PULL` asks for. */
function isWhole(node: JsonObject): boolean {
  return isObject(node['commits']);
}

/** By the names of branches those that are there; and the newest ones, whose branches may be deleted. */
function byBranch(count: number): string {
  const each = Array.from({ length: count }, (_, index) => index);
  const variables = each.map((index) => `$folder${index}: String!, $start${index}: String`).join(', ');
  const refs = each.map(
    (index) => `refs${index}: refs(refPrefix: $folder${index}, query: $start${index}, first: 100) {
      nodes { associatedPullRequests(first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ...branch } } }
    }`,
  );
  return `query($owner: String!, $name: String!, ${variables}) {
  repository(owner: $owner, name: $name) {
    ${refs.join('\n    ')}
    pullRequests(first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ...branch } }
  }
}
fragment branch on PullRequest { number headRefName isCrossRepository }`;
}

type Pulls = Pick<Forge, 'pullRequestsOf' | 'pullRequest' | 'pullRequestsFrom'>;

/** Finds pull requests: first the numbers of those that are meant, then each with its people. */
export function pulls(client: Client, reader: PullReader): Pulls {
  const { owner, name } = client.place;

  /** For a commit what is merged with it, into any branch. What is asked for at the same time is asked for together. */
  const mergedWith = gathered<string, readonly JsonObject[]>(async (commits, signal) => {
    const answers = new Map<string, readonly JsonObject[]>();
    for (const some of batches(commits, AT_ONCE)) {
      const [found, fragments] = commits.length > FEW ? [FOUND, ''] : [FOUND_WHOLE, PULL];
      const asked = some.map((commit) => `c${commit}: object(oid: "${commit}") { ... on Commit { ${found} } }`);
      const query = ofRepository(['id', ...asked], fragments);
      const repository = objectAt(await client.query('pullRequestsOf', query, { owner, name }, signal), 'repository');
      const here = textIn(repository, 'id');
      for (const commit of some) {
        const merged = nodesAt(repository, `c${commit}`, 'associatedPullRequests')
          .filter((pull) => stringAt(pull, 'state') === 'MERGED')
          .filter((pull) => stringAt(pull, 'repository', 'id') === here);
        answers.set(commit, merged);
      }
    }
    return answers;
  });

  /** The numbers of the pull requests from branches that begin so. */
  const numbersFrom = gathered<string, readonly number[]>(async (prefixes, signal) => {
    const found = new Map<string, readonly number[]>();
    for (const some of batches(prefixes, BRANCHES_AT_ONCE)) {
      const variables = some.map((prefix, index) => {
        const [, folder = '', start = ''] = /^(.*\/)?([^/]*)$/su.exec(prefix) ?? [];
        return { [`folder${index}`]: `refs/heads/${folder}`, [`start${index}`]: start === '' ? null : start };
      });
      const asked = Object.assign({ owner, name }, ...variables);
      const data = await client.query('pullRequestsFrom', byBranch(some.length), asked, signal);
      const newest = nodesAt(data, 'repository', 'pullRequests');
      some.forEach((prefix, index) => {
        const refs = nodesAt(data, 'repository', `refs${index}`);
        const numbers = [...refs.flatMap((ref) => nodesAt(ref, 'associatedPullRequests')), ...newest]
          .filter((pull) => !yesOrNoIn(pull, 'isCrossRepository'))
          .filter((pull) => (stringAt(pull, 'headRefName') ?? '').startsWith(prefix))
          .map((pull) => numberIn(pull, 'number'));
        found.set(prefix, [...new Set(numbers)].toSorted((left, right) => right - left).slice(0, 100));
      });
    }
    return found;
  });

  return {
    async pullRequestsOf(commits, branch, signal) {
      for (const commit of commits) if (!isCommit(commit)) throw new Error(`${JSON.stringify(commit)} is no commit`);
      const merged = new Map(
        await Promise.all(
          [...new Set(commits)].map(async (commit) => {
            const found = (await mergedWith(commit, signal)) ?? [];
            return [commit, found.filter((pull) => stringAt(pull, 'baseRefName') === branch)] as const;
          }),
        ),
      );
      const nodes = new Map([...merged.values()].flat().map((node) => [numberIn(node, 'number'), node]));
      const [whole, parts] = [[...nodes.values()].filter(isWhole), [...nodes.values()].filter((one) => !isWhole(one))];
      const pulls = [
        ...(await Promise.all(whole.map((node) => reader.whole('pullRequestsOf', node, signal)))),
        ...(await reader.many(
          'pullRequestsOf',
          parts.map((node) => numberIn(node, 'number')),
          signal,
        )),
      ];
      const of = (some: readonly JsonObject[]) => {
        const numbers = some.map((node) => numberIn(node, 'number'));
        return pulls.filter(({ number }) => numbers.includes(number));
      };
      return new Map([...merged].map(([commit, some]) => [commit, of(some)]));
    },

    pullRequest: (number, signal) => reader.one('pullRequest', number, signal),

    async pullRequestsFrom(branchPrefix, signal) {
      const numbers = (await numbersFrom(branchPrefix, signal)) ?? [];
      const found = await reader.many('pullRequestsFrom', numbers, signal);
      return found.toSorted((left, right) => right.number - left.number);
    },
  };
}
