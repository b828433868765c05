import type { CheckState } from '../../release/fact.ts';
import type { Check, Forge } from '../../release/forge.ts';
import { type JsonObject, listAt, numberAt, stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { textIn } from './foreign.ts';
import { once } from './once.ts';

/** A check in the words of GitHub, which has its state in two fields. */
interface Stated {
  readonly status: 'in_progress' | 'completed';
  readonly conclusion: 'neutral' | 'success' | 'failure' | null;
}

const stated = {
  running: { status: 'in_progress', conclusion: null },
  waiting: { status: 'completed', conclusion: 'neutral' },
  passed: { status: 'completed', conclusion: 'success' },
  failed: { status: 'completed', conclusion: 'failure' },
} as const satisfies Record<Check['is'], Stated>;

/** Writes checks. Only the App that made a check may change it, so that of another App is none of ours. */
export function checks(client: Client, viewer: Forge['viewer']): Pick<Forge, 'writeCheck' | 'checkOf'> {
  const { owner, name } = client.place;
  const base = path`/repos/${owner}/${name}`;

  async function find({ name: title, key, commit }: Check, signal: AbortSignal) {
    const { login } = await viewer(signal);
    // `all`: the default leaves out all but the latest of a name, and every check of a delivery has the same.
    const query = { check_name: title, filter: 'all', per_page: 100 };
    const url = `${base}${path`/commits/${commit}/check-runs`}`;
    const { data } = await client.rest('writeCheck', { method: 'GET', url, query }, signal);
    const ours = listAt(data, 'check_runs').filter(
      (run) =>
        stringAt(run, 'external_id') === key &&
        `${stringAt(run, 'app', 'slug')}[bot]`.toLowerCase() === login.toLowerCase(),
    );
    return ours.flatMap((run) => {
      const id = numberAt(run, 'id');
      return id === null ? [] : [{ id, isAs: (check: Check) => isSame(run, check) }];
    })[0];
  }

  async function runsOf(commit: string, title: string, signal: AbortSignal): Promise<readonly CheckState[]> {
    const url = `${base}${path`/commits/${commit}/check-runs`}`;
    const query = { check_name: title, filter: 'latest', per_page: 100 };
    const { data } = await client.rest('checkOf', { method: 'GET', url, query }, signal);
    return listAt(data, 'check_runs').map((run) => {
      const conclusion = stringAt(run, 'conclusion');
      const words = conclusion ?? stringAt(run, 'status') ?? '';
      return {
        is: conclusion === null ? 'running' : conclusion === 'success' ? 'passed' : 'failed',
        words,
        url: textIn(run, 'html_url'),
      };
    });
  }

  async function statusesOf(commit: string, title: string, signal: AbortSignal): Promise<readonly CheckState[]> {
    const url = `${base}${path`/commits/${commit}/statuses`}`;
    const { data } = await client.rest('checkOf', { method: 'GET', url, query: { per_page: 100 } }, signal);
    // Newest first: an earlier one of the same name is replaced by it.
    const newest = listAt({ data }, 'data').find((status) => stringAt(status, 'context') === title);
    if (newest === undefined) return [];
    const words = stringAt(newest, 'state') ?? '';
    const is = words === 'success' ? 'passed' : words === 'pending' ? 'running' : 'failed';
    return [{ is, words, url: stringAt(newest, 'target_url') ?? '' }];
  }

  return {
    async checkOf(commit, title, signal) {
      const found = (await Promise.all([runsOf(commit, title, signal), statusesOf(commit, title, signal)])).flat();
      const worst = (is: CheckState['is']) => found.find((one) => one.is === is);
      return worst('failed') ?? worst('running') ?? worst('passed') ?? null;
    },

    async writeCheck(check, signal) {
      const there = await find(check, signal);
      if (there === undefined) {
        const body = { ...bodyOf(check), head_sha: check.commit, external_id: check.key };
        const request = { method: 'POST', url: `${base}/check-runs`, body } as const;
        return await once(
          async () => {
            await client.rest('writeCheck', request, signal);
            return 'written' as const;
          },
          async () => ((await find(check, signal)) === undefined ? undefined : 'written'),
        );
      }
      if (there.isAs(check)) return 'same';
      const url = `${base}${path`/check-runs/${there.id}`}`;
      await client.rest('writeCheck', { method: 'PATCH', url, body: bodyOf(check), repeatable: true }, signal);
      return 'written';
    },
  };
}

function bodyOf({ name, is, title, summary, url }: Check): JsonObject {
  const { status, conclusion } = stated[is];
  return {
    name,
    status,
    ...(conclusion === null ? {} : { conclusion }),
    output: { title, summary },
    ...(url === null ? {} : { details_url: url }),
  };
}

/** Whether a check is there as it should be. Where no address is wanted, GitHub's own is right. */
function isSame(run: unknown, { is, title, summary, url }: Check): boolean {
  const { status, conclusion } = stated[is];
  return (
    stringAt(run, 'status') === status &&
    stringAt(run, 'conclusion') === conclusion &&
    plain(stringAt(run, 'output', 'title')) === plain(title) &&
    plain(stringAt(run, 'output', 'summary')) === plain(summary) &&
    (url === null || stringAt(run, 'details_url') === url)
  );
}

/** A text for comparison: GitHub may return it with CRLF line ends, or without the white space at its end. */
function plain(text: string | null): string {
  return (text ?? '').replaceAll('\r\n', '\n').trimEnd();
}
