import { openForge } from '../../../src/adapters/github/index.ts';
import { placeIn } from '../../../src/adapters/github/job.ts';
import type { Forge } from '../../../src/release/forge.ts';
import { startGitHub } from '../../github/github.ts';
import type { Permissions } from '../../github/rest/permissions.ts';
import { instantClock } from './scripted.ts';

/** All that a workflow may grant and that an operation of the forge needs. */
export const everything: Permissions = {
  actions: 'read',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  'pull-requests': 'write',
};

/** A GitHub with a repository and three people, and a job in it. */
export async function shop(permissions: Permissions = everything) {
  const clock = instantClock();
  const hub = await startGitHub({ now: () => clock.now() });
  const [ada, bob, cid] = [hub.person('ada'), hub.person('bob'), hub.person('cid')];
  const repo = hub.repository('acme/shop', {
    private: true,
    collaborators: { ada: 'write', bob: 'maintain', cid: 'read' },
  });
  const first = ada.pushes(repo, { files: { 'README.md': 'shop\n' }, message: 'Begin' });
  const job = hub.runFor(repo.event('push'), { permissions });
  const place = placeIn(job.env);
  if ('missing' in place) throw new Error(place.missing);
  const lines: string[] = [];
  const as = (token: string): Forge =>
    openForge({ place, token, clock, log: (line) => lines.push(line), mask: () => {} });
  return {
    hub,
    repo,
    ada,
    bob,
    cid,
    first,
    job,
    clock,
    lines,
    forge: as(job.token),
    /** The forge of another token. */
    as,
    /** Lets time pass, so that two moments differ. */
    later: (seconds = 60) => clock.sleep(seconds * 1000, new AbortController().signal),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

export type Shop = Awaited<ReturnType<typeof shop>>;
