import type { Forge } from '../../release/forge.ts';
import { listAt, numberAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { numberIn } from './foreign.ts';
import { once } from './once.ts';
import type { PullReader } from './pull-reader.ts';

/** Ways to merge; a repository may allow some of them only. */
const methods = ['squash', 'merge', 'rebase'] as const;

type PullWrites = Pick<Forge, 'openPullRequest' | 'editPullRequest' | 'mergePullRequest'>;

export function pullWrites(client: Client, reader: PullReader): PullWrites {
  const { owner, name } = client.place;
  const base = path`/repos/${owner}/${name}/pulls`;

  return {
    async openPullRequest(request, signal) {
      const { head, base: into } = request;
      const number = await once(
        async () => {
          const { status, data } = await client.rest(
            'openPullRequest',
            { method: 'POST', url: base, body: request, accept: [422] },
            signal,
          );
          if (status !== 422) return numberIn(data, 'number');
          const texts = [
            stringAt(data, 'message'),
            ...listAt(data, 'errors').map((error) => stringAt(error, 'message')),
          ];
          const text = texts.filter((one) => one !== null).join(': ');
          const exists = /\balready exists\b/i.test(text);
          const why = exists ? 'there is one of this branch already' : 'GitHub refuses it';
          throw client.failed('openPullRequest', exists ? 'conflict' : 'refused', why, text);
        },
        async () => {
          const query = { state: 'open', head: `${owner}:${head}`, base: into };
          const { data } = await client.rest('openPullRequest', { method: 'GET', url: base, query }, signal);
          return numberAt(data, 0, 'number') ?? undefined;
        },
      );
      const made = await reader.one('openPullRequest', number, signal);
      if (made === null) throw client.failed('openPullRequest', 'away', `#${number} is not there yet`);
      return made;
    },

    async editPullRequest(number, change, signal) {
      const url = `${base}${path`/${number}`}`;
      await client.rest('editPullRequest', { method: 'PATCH', url, body: change, repeatable: true }, signal);
    },

    async mergePullRequest(number, head, signal) {
      /** Whether it is merged; throws when it is not, and can't be at this head. */
      const isMerged = async (): Promise<boolean> => {
        const found = await reader.one('mergePullRequest', number, signal);
        if (found === null) throw client.failed('mergePullRequest', 'missing', `there is no pull request #${number}`);
        if (found.head.commit !== head) {
          throw client.failed('mergePullRequest', 'conflict', `its head is ${found.head.commit} by now`);
        }
        return found.state === 'merged';
      };
      if (await isMerged()) return true;
      const url = `${base}${path`/${number}/merge`}`;
      for (const method of methods) {
        const body = { sha: head, merge_method: method };
        const request = { method: 'PUT', url, body, accept: [405] } as const;
        const refused = await once(
          async () => {
            const { status, data } = await client.rest('mergePullRequest', request, signal);
            return status === 405 ? (stringAt(data, 'message') ?? '') : null;
          },
          async () => ((await isMerged()) ? null : undefined),
        );
        if (refused === null) return true;
        if (!/ are not allowed on this repository/i.test(refused)) return false;
      }
      return false;
    },
  };
}
