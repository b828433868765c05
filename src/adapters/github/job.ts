import { hostname, userInfo } from 'node:os';
import { type Actor, actorOf, type RunRef } from '../../release/actor.ts';
import type { NoForge } from '../../release/forge.ts';
import { at, stringAt } from '../../release/json.ts';
import { payload } from '../git/event.ts';

type Env = Readonly<Record<string, string | undefined>>;

const PUBLIC_SERVER = 'https://github.com';
const PUBLIC_API = 'https://api.github.com';

/** A repository at GitHub, or at a server of its own. */
export interface Place {
  /** Addresses, without a slash at the end. */
  readonly api: string;
  readonly graphql: string;
  readonly owner: string;
  readonly name: string;
  /** The repository in messages, for example `github.com/acme/shop`. */
  readonly title: string;
  /** The address of the repository's page in a browser, for example `https://github.com/acme/shop`. */
  readonly url: string;
}

/** The repository that the job is about, as GITHUB_REPOSITORY and the addresses of its server name it. */
export function placeIn(env: Env): Place | NoForge {
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  if (repository === '') return { missing: 'GITHUB_REPOSITORY does not name the repository, such as acme/shop' };
  const [, owner, name] = /^([A-Za-z0-9][A-Za-z0-9_-]*)\/([A-Za-z0-9._-]+)$/.exec(repository) ?? [];
  if (owner === undefined || name === undefined || name === '.' || name === '..')
    return { missing: `GITHUB_REPOSITORY is '${shown(repository)}', which is no repository such as acme/shop` };
  const server = addressIn(env, 'GITHUB_SERVER_URL', PUBLIC_SERVER);
  if ('missing' in server) return server;
  const given = env['GITHUB_API_URL'] ?? '';
  // The token of another server is never sent to github.com.
  if (given === '' && server.address !== PUBLIC_SERVER) {
    return { missing: `GITHUB_SERVER_URL is '${server.address}', and GITHUB_API_URL does not say where its API is` };
  }
  const api = addressIn(env, 'GITHUB_API_URL', PUBLIC_API);
  if ('missing' in api) return api;
  const graphql = addressIn(env, 'GITHUB_GRAPHQL_URL', graphqlOf(api.address));
  if ('missing' in graphql) return graphql;
  return {
    api: api.address,
    graphql: graphql.address,
    owner,
    name,
    title: `${new URL(server.address).host}/${owner}/${name}`,
    url: `${server.address}/${owner}/${name}`,
  };
}

function graphqlOf(api: string): string {
  return api.endsWith('/api/v3') ? `${api.slice(0, -'/v3'.length)}/graphql` : `${api}/graphql`;
}

/** An address that a token may be sent to. Plain HTTP only on this machine. */
function addressIn(env: Env, name: string, standard: string): { readonly address: string } | NoForge {
  const given = env[name] ?? '';
  const address = (given === '' ? standard : given).replace(/(?<!\/)\/+$/, '');
  const url = URL.parse(address);
  const local = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  const plain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (plain && (url.protocol === 'https:' || local)) return { address };
  return { missing: `${name} is '${shown(address)}', which is no address such as ${standard}` };
}

/** A value in a message. What may have a password in it is left out. */
function shown(value: string): string {
  return value.includes('@') ? '...' : value.slice(0, 100);
}

/** The token of a command line, which is given in the environment: arguments are visible to every user of the machine. */
export function tokenIn(env: Env): string | null {
  const token = (env['GITHUB_TOKEN'] ?? '').trim();
  return token === '' ? null : token;
}

/**
 * This run and its actor. In a workflow, the actor is the account that started this attempt (GITHUB_TRIGGERING_ACTOR):
 * GITHUB_ACTOR is the account that started the first attempt, and somebody else may have re-run it. On a command line, the actor
 * is `who`, the value of `--who`; without it, GITHUB_ACTOR or the system's user.
 */
export function runIn(
  env: Env,
  { who, inWorkflow }: { readonly who: string | null; readonly inWorkflow: boolean },
): { readonly actor: Actor; readonly run: RunRef } {
  const user = userName();
  if (!inWorkflow) {
    const name = who ?? env['GITHUB_ACTOR'] ?? user;
    return { actor: actorOf(name, { event: '', known: 'given' }), run: { by: 'host', host: hostname(), user } };
  }
  const event = env['GITHUB_EVENT_NAME'] ?? '';
  const name = env['GITHUB_TRIGGERING_ACTOR'] ?? env['GITHUB_ACTOR'] ?? '';
  const id = env['GITHUB_RUN_ID'] ?? '';
  const attempt = Number(env['GITHUB_RUN_ATTEMPT'] ?? '1');
  const place = [env['GITHUB_SERVER_URL'] ?? PUBLIC_SERVER, env['GITHUB_REPOSITORY'] ?? ''].join('/');
  return {
    actor: actorOf(name, { event, known: 'github' }),
    run: {
      by: 'github',
      id,
      attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1,
      event,
      url: `${place}/actions/runs/${id}`,
    },
  };
}

/** The name of the file of this run's workflow, such as `release.yml`; null outside of a workflow. */
export function workflowFileIn(env: Env): string | null {
  const [, file = null] = /\/\.github\/workflows\/([^/@]+)@/.exec(env['GITHUB_WORKFLOW_REF'] ?? '') ?? [];
  return file;
}

/**
 * The number of the pull request or issue whose comment started this run; null when another event did. Nothing else of the
 * payload is used: the forge is asked again.
 */
export async function commentedOn(env: Env): Promise<number | null> {
  if (env['GITHUB_ACTIONS'] !== 'true' || env['GITHUB_EVENT_NAME'] !== 'issue_comment') return null;
  const found = await payload(env['GITHUB_EVENT_PATH'] ?? '');
  const number = at(found, 'issue', 'number');
  const repository = stringAt(found, 'repository', 'full_name');
  if (repository?.toLowerCase() !== (env['GITHUB_REPOSITORY'] ?? '').toLowerCase()) return null;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** The name of the system user; empty for a user without an entry in the system's list, which is usual in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
