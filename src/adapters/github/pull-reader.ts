import type { PullRequest } from '../../release/forge.ts';
import { isObject, type JsonObject, objectAt } from '../../release/json.ts';
import type { Client } from './client.ts';
import { batches, nextAt, ofRepository } from './connection.ts';
import { ACCOUNT, numberIn } from './foreign.ts';
import type { Operation } from './operations.ts';
import { COMMITS, committersOn, PULL, pullIn } from './pull.ts';

/** How many are asked for with one request. */
const AT_ONCE = 20;
/** Pages of a hundred commits of one pull request. */
const MOST_PAGES = 20;

const MORE_COMMITS = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { commits(first: 100, after: $after) { ...commits } } }
}
${COMMITS}
${ACCOUNT}`;

/** Reads pull requests by their numbers, as a part of any operation. */
export interface PullReader {
  /** A number that is none is left out. */
  many(operation: Operation, numbers: readonly number[], signal: AbortSignal): Promise<readonly PullRequest[]>;
  one(operation: Operation, number: number, signal: AbortSignal): Promise<PullRequest | null>;
}

export function pullReader(client: Client): PullReader {
  const { owner, name } = client.place;

  async function many(
    operation: Operation,
    numbers: readonly number[],
    signal: AbortSignal,
  ): Promise<readonly PullRequest[]> {
    const found: PullRequest[] = [];
    for (const some of batches(numbers, AT_ONCE)) {
      const asked = some.map((number) => `p${number}: pullRequest(number: ${number}) { ...pull }`);
      const data = await client.query(operation, ofRepository(asked, PULL), { owner, name }, signal);
      for (const node of Object.values(objectAt(data, 'repository'))) {
        if (isObject(node)) found.push(await whole(operation, node, signal));
      }
    }
    return found;
  }

  /** A pull request with the people of all its commits. */
  async function whole(operation: Operation, node: JsonObject, signal: AbortSignal): Promise<PullRequest> {
    const pages = [objectAt(node, 'commits')];
    const number = numberIn(node, 'number');
    for (let after = nextAt(node, 'commits'); after !== null; ) {
      if (pages.length === MOST_PAGES) {
        throw client.failed(operation, 'tooMuch', `#${number} has more than ${MOST_PAGES * 100} commits`);
      }
      const data = await client.query(operation, MORE_COMMITS, { owner, name, number, after }, signal);
      const page = objectAt(data, 'repository', 'pullRequest', 'commits');
      pages.push(page);
      after = nextAt(page);
    }
    return pullIn(node, committersOn(pages));
  }

  return {
    many,
    async one(operation, number, signal) {
      if (!Number.isSafeInteger(number) || number < 1 || number >= 2 ** 31) return null;
      const [found] = await many(operation, [number], signal);
      return found ?? null;
    },
  };
}
