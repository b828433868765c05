import type { PullRequest } from '../../release/forge.ts';
import { at, isObject, type JsonObject, objectAt } from '../../release/json.ts';
import type { Client } from './client.ts';
import { batches, nextAt, ofRepository } from './connection.ts';
import { ACCOUNT, numberIn } from './foreign.ts';
import { type Gathered, gathered } from './gathered.ts';
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
  /** A pull request from fields that were asked for with `PULL`: reads the other pages of its commits. */
  whole(operation: Operation, node: JsonObject, signal: AbortSignal): Promise<PullRequest>;
  one(operation: Operation, number: number, signal: AbortSignal): Promise<PullRequest | null>;
}

export function pullReader(client: Client): PullReader {
  const { owner, name } = client.place;

  const asked = new Map<Operation, Gathered<number, JsonObject | undefined>>();

  /** The fields of a pull request. What is asked for at the same time is asked for together. */
  function fieldsFor(operation: Operation): Gathered<number, JsonObject | undefined> {
    const known = asked.get(operation);
    if (known !== undefined) return known;
    const made = gathered<number, JsonObject>(async (numbers, signal) => {
      const found = new Map<number, JsonObject>();
      for (const some of batches(numbers, AT_ONCE)) {
        const parts = some.map((number) => `p${number}: pullRequest(number: ${number}) { ...pull }`);
        const data = await client.query(operation, ofRepository(parts, PULL), { owner, name }, signal);
        for (const number of some) {
          const node = at(data, 'repository', `p${number}`);
          if (isObject(node)) found.set(number, node);
        }
      }
      return found;
    });
    asked.set(operation, made);
    return made;
  }

  async function many(
    operation: Operation,
    numbers: readonly number[],
    signal: AbortSignal,
  ): Promise<readonly PullRequest[]> {
    const fields = fieldsFor(operation);
    const nodes = await Promise.all(numbers.map((number) => fields(number, signal)));
    const found: PullRequest[] = [];
    for (const node of nodes) if (node !== undefined) found.push(await whole(operation, node, signal));
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
    whole,
    async one(operation, number, signal) {
      if (!Number.isSafeInteger(number) || number < 1 || number >= 2 ** 31) return null;
      const [found] = await many(operation, [number], signal);
      return found ?? null;
    },
  };
}
