import { hostname, userInfo } from 'node:os';
import { type Actor, actorOf, type RunRef } from '../release/actor.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The run and its actor. In a workflow the actor is the account that started this attempt (GITHUB_TRIGGERING_ACTOR), because
 * another account may start a re-run. On a command line it is `who`.
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
  const place = [env['GITHUB_SERVER_URL'] ?? 'https://github.com', env['GITHUB_REPOSITORY'] ?? ''].join('/');
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

/** The name of the system user; empty for a user without an entry in the system's list, which is usual in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
