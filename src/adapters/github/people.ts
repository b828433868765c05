import { type Account, type Forge, ForgeError, type Right, rights } from '../../release/forge.ts';
import { stringAt } from '../../release/json.ts';
import { path } from './answer.ts';
import type { Client } from './client.ts';
import { ACCOUNT, accountAt, actorAt } from './foreign.ts';

const PAGE = 100;
/** Pages of a team's members. */
const MOST_PAGES = 20;

const VIEWER = `query { viewer { ...account } }\n${ACCOUNT}`;

/** What accounts are, and what they may do. */
export function people(client: Client): Pick<Forge, 'viewer' | 'right' | 'members'> {
  const { owner, name } = client.place;
  let me: Promise<Account> | null = null;

  async function ask(signal: AbortSignal): Promise<Account> {
    // REST does not tell the token of a job who it is.
    const found = actorAt(await client.query('viewer', VIEWER, {}, signal), 'viewer');
    if (found === null) throw client.failed('viewer', 'unknownToken', 'it belongs to no account');
    return found;
  }

  return {
    async viewer(signal) {
      const asked = me ?? ask(signal);
      me = asked;
      try {
        return await asked;
      } catch (error) {
        me = null;
        throw error;
      }
    },

    async right(login, signal) {
      if (!isLogin(login)) return 'none';
      const url = path`/repos/${owner}/${name}/collaborators/${login}/permission`;
      // Nobody has this login where it is not found: such an answer has no role.
      const { data } = await client.rest('right', { method: 'GET', url, accept: [404] }, signal);
      // A role of the organization's own has a name that says nothing; `permission` is what it is based on.
      return rightIn(stringAt(data, 'role_name')) ?? rightIn(stringAt(data, 'permission')) ?? 'none';
    },

    async members(team, signal) {
      const [organization = '', slug = '', ...rest] = team.split('/');
      if (!isLogin(organization) || !isSlug(slug) || rest.length > 0) return null;
      const url = path`/orgs/${organization}/teams/${slug}/members`;
      const found: Account[] = [];
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const query = { per_page: PAGE, page };
        const answer = await unlessUnseen(client.rest('members', { method: 'GET', url, query }, signal));
        if (answer === null) return null;
        const list: readonly unknown[] = Array.isArray(answer.data) ? answer.data : [];
        found.push(...list.map((member) => accountAt(member)).filter((account) => account !== null));
        if (list.length < PAGE) return found;
      }
      throw client.failed('members', 'tooMuch', `${team} has more than ${MOST_PAGES * PAGE}`);
    },
  };
}

function isLogin(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?(?:\[bot\])?$/.test(text);
}

function isSlug(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(text);
}

function rightIn(text: string | null): Right | null {
  return rights.find((right) => right === text) ?? null;
}

async function unlessUnseen<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ForgeError && ['forbidden', 'missing'].includes(error.trouble)) return null;
    throw error;
  }
}
