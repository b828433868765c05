import { ForgeError, type PullRequest } from '../../src/release/forge.ts';
import { type MemoryForge, memoryForge, OURS } from '../support/forge.ts';
import { changedSince } from './branches.ts';
import type { Action, AtForge, Who } from './case.ts';
import { notedIn, planWords, pointOf, policyWords } from './facts.ts';
import type { Remote } from './repo.ts';
import { policyIn } from './source.ts';
import { addMember, endMember, type ForgeLedger, isMember, team } from './votes.ts';
import type { World } from './world.ts';

/** What people do at the forge. */

const people = ['ada', 'bob', 'cid'] as const satisfies readonly Who[];
const sre: readonly string[] = ['ada', 'bob'];
const endless = Number.POSITIVE_INFINITY;

/** The forge of a case: as another case has left it, or with the accounts that all begin with. */
export function forgeOf(
  ledger: ForgeLedger,
  { before, date, remote }: { before: MemoryForge | null; date: () => Date; remote: Remote },
): MemoryForge {
  const forge = before?.fork(date, remote.branches) ?? memoryForge(date, remote.branches);
  if (before === null) settle(forge, ledger);
  forge.before = () => {
    if (ledger.away) throw new ForgeError('away', 'the forge does not answer');
  };
  return forge;
}

function settle(forge: MemoryForge, ledger: ForgeLedger): void {
  for (const who of people) {
    forge.person(who, 'write');
    addMember(ledger, who, 'repository', 0);
  }
  for (const who of sre) addMember(ledger, who, 'team', 0);
  forge.person('ship-it[bot]', 'write', 'bot');
  forge.person('mallory', 'read');
  forge.team(team, sre);
}

/** Somebody's change was merged by a pull request. */
export function noteMerged({ forge, remote, observer }: World, who: string): void {
  if (forge === null) return;
  const author = forge.account(who);
  forge.merged([remote.tip], { author, mergedBy: author });
  observer.ledger.forge.authors.set(remote.tip, who);
}

export function actAtForge(world: World, deed: AtForge, who: Who): void {
  const { forge, observer } = world;
  const ledger = observer.ledger.forge;
  if (forge === null) return;
  if (deed.do === 'forge') {
    ledger.away = deed.is === 'away';
    return;
  }
  // Nobody reaches it then.
  if (ledger.away) return;
  switch (deed.do) {
    case 'say':
      say(world, forge, deed.what, who);
      return;
    case 'unsay':
      unsay(world, forge, deed.how, who);
      return;
    case 'promotion':
      promotion(world, forge, deed.what, who);
      return;
    case 'leave':
      leave(world, forge, deed.what, who);
  }
}

/** The release that is asked for, and the place where it stands. */
function meant({ cluster, observer }: World): { readonly release: string; readonly step: number } | null {
  const rollout = cluster.api.store.get('Rollout', 'shop', 'shop');
  const { release } = notedIn(rollout);
  if (release === null) return null;
  const [id, step] = observer.here()?.split('/') ?? [];
  return id === release.id ? { release: id, step: Number(step) } : { release: release.id, step: pointOf(rollout).step };
}

function say(world: World, forge: MemoryForge, what: (AtForge & { do: 'say' })['what'], who: Who): void {
  const { remote, observer, cluster } = world;
  const noted = notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
  const at = meant(world);
  if (at === null || noted.release === null) return;
  const { commit } = noted.release;
  const own = forge.pullsOf(commit)[0]?.number ?? null;
  const pulls = [...remote.line(commit)].flatMap(({ id }) => forge.pullsOf(id).map(({ number }) => number));
  const [newest] = pulls;
  const older = pulls.find((number) => own !== null && number !== own);
  const number = what === 'promote elsewhere' ? older : newest;
  if (number === undefined) return;
  const { name, steps } = world.policy();
  const old = noted.history.find((one) => one.id !== at.release)?.id;
  const release = what === 'promote old' ? (old ?? null) : at.release;
  const step = what === 'promote next' ? at.step + 1 : at.step;
  if (release === null || step > steps.length + 1) return;
  const place = step === 0 ? 'start' : (steps[step - 1]?.name ?? 'end');
  const line = {
    promote: `promote ${name} ${release} ${place}`,
    'promote old': `promote ${name} ${release} ${place}`,
    'promote next': `promote ${name} ${release} ${place}`,
    'promote elsewhere': `promote ${name} ${release} ${place}`,
    hold: `hold ${name} it is slow`,
    resume: `resume ${name}`,
    status: 'status',
    nothing: 'promte',
  }[what];
  const { id } = forge.say(who, number, `/stepgate ${line}`);
  const ledger = observer.ledger.forge;
  ledger.lines.set(id, { by: who, what, until: endless });
  if (!what.startsWith('promote') || what === 'promote elsewhere') return;
  const vote = { way: 'comment', by: who, release, step, at: world.now(), until: endless, number: id } as const;
  ledger.votes.push({ ...vote, isOnRelease: number === own, under: null, openedUnder: null });
}

function unsay({ now, observer }: World, forge: MemoryForge, how: 'edit' | 'delete', who: Who): void {
  const { lines, votes } = observer.ledger.forge;
  const found = [...lines].findLast(([, one]) => one.by === who && one.until === endless);
  if (found === undefined) return;
  const [id, line] = found;
  if (how === 'edit') forge.edit(id, `${forge.body(id)}\nand more`);
  else forge.remove(id);
  line.until = now();
  for (const vote of votes) if (vote.way === 'comment' && vote.number === id) vote.until = now();
}

const promotions = 'stepgate/promote/';
const spoiledText = 'release: another\n';

function promotion(world: World, forge: MemoryForge, what: (AtForge & { do: 'promotion' })['what'], who: Who): void {
  const { remote, observer, now, cluster } = world;
  const ledger = observer.ledger.forge;
  const pull = forge.open(promotions).at(-1);
  const [, release, place] = /^stepgate\/promote\/[^/]+\/(.+)-(start|end|s\d+)$/.exec(pull?.head.branch ?? '') ?? [];
  if (pull === undefined || release === undefined || place === undefined) return;
  const { number } = pull;
  const mayWrite = who === 'ship-it[bot]' || isMember(ledger, who, 'repository', { from: now(), to: now() });
  // Whoever may read may review; the rest takes the right to write.
  if (what !== 'review' && !mayWrite) return;
  const fork = [...remote.line(pull.head.commit)].find(({ id }) => remote.contains(remote.tip, id));
  if (fork === undefined) return;
  const steps = world.policy().steps.length;
  const step = place === 'start' ? 0 : place === 'end' ? steps + 1 : Number(place.slice(1));
  const stale = (way: 'review') => {
    for (const vote of ledger.votes)
      if (vote.way === way && vote.number === number) vote.until = Math.min(vote.until, now());
  };
  switch (what) {
    case 'merge':
    case 'review': {
      if (what === 'merge') forge.merge(who, number);
      else forge.approve(who, number);
      const { files } = remote.at(pull.head.commit);
      const isSpoiled = changedSince(files, fork.files).some((path) => files[path] === spoiledText);
      if (what === 'merge' && !isSpoiled) ledger.filed.add(`${release}/${step}`);
      if (ledger.spoiled.has(number)) return;
      const rollout = cluster.api.store.get('Rollout', 'shop', 'shop');
      const openedUnder = policyWords(policyIn(fork.files));
      const under = [openedUnder, policyWords(world.policy()), planWords(rollout), observer.startedUnder(release)];
      const vote = { way: what, by: who, release, step, at: now(), until: endless, number, isOnRelease: true } as const;
      ledger.votes.push({ ...vote, under, openedUnder });
      return;
    }
    case 'close':
      forge.close(who, number);
      stale('review');
      ledger.closings.push({ by: who, release, step, number, at: now() });
      return;
    case 'spoil':
    case 'widen': {
      const [file] = changedSince(remote.at(pull.head.commit).files, fork.files).filter((path) =>
        path.includes(release),
      );
      if (what === 'spoil' && file === undefined) return;
      const [path, text] = what === 'widen' ? ['README', `by ${who} ${number}`] : [file ?? '', spoiledText];
      forge.push(number, { [path]: text });
      ledger.spoiled.add(number);
      stale('review');
    }
  }
}

function leave({ now, observer }: World, forge: MemoryForge, what: 'team' | 'repository' | 'back', who: Who): void {
  const ledger = observer.ledger.forge;
  if (!people.some((one) => one === who)) return;
  switch (what) {
    case 'team':
      endMember(ledger, who, 'team', now());
      break;
    case 'repository':
      endMember(ledger, who, 'repository', now());
      break;
    case 'back':
      addMember(ledger, who, 'repository', now());
      if (sre.includes(who)) addMember(ledger, who, 'team', now());
  }
  const at = { from: now() + 1, to: now() + 1 };
  forge.team(
    team,
    sre.filter((one) => isMember(ledger, one, 'team', at)),
  );
  forge.person(who, isMember(ledger, who, 'repository', at) ? 'write' : 'read');
}

/** Whether an action is one of people at the forge. */
export function isAtForge(action: Action): action is Action & AtForge {
  return ['say', 'unsay', 'promotion', 'leave', 'forge'].includes(action.do);
}

/** The open promotion pull requests that stepgate has opened. */
export function openPromotions(forge: MemoryForge): readonly PullRequest[] {
  return forge.open(promotions).filter(({ author }) => author?.login === OURS);
}
