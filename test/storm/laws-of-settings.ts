import type { Change } from '../../src/simulator/api/store.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import {
  hasComeBack,
  idOf,
  type Named,
  type Noted,
  type NotedRollback,
  notedIn,
  planIn,
  policyWords,
  wordsOf,
} from './facts.ts';
import { factsAround } from './facts-around.ts';
import {
  commitsOf,
  copyOf,
  fenceOf,
  isOfHand,
  neighbour,
  ownerOf,
  settingsName,
  settingsText,
} from './facts-of-settings.ts';
import { mayApprove, shutBy, shutGates } from './gates.ts';
import type { Run } from './ledger.ts';
import { heldSince, isFrozenSince, lookAge, policiesSince, type Sight, votesOf, writtenId } from './sight.ts';
import { type SettingsName, settingsIn, settingsNames } from './source.ts';

/** Settings beside the workload: what lets them through, what takes them back, and whose they are. */

/** A start takes several requests after its policy was fetched, and may stand still before any of them. Milliseconds. */
const startAge = 25_000;

/** A freeze ends by whole seconds of the clock, and what was looked at is a moment old. Milliseconds. */
const clockSlack = 2_500;

export function settingsChanged(sight: Sight, actor: string, change: Change): void {
  const run = sight.runOf(actor);
  run?.wrote.add('other');
  const { type, object } = change;
  if (copyOf(object) !== null) {
    copyChanged(sight, run, change);
    return;
  }
  const name = settingsName(object);
  if (name === null) return;
  if (type === 'DELETED') {
    if (run !== undefined) sight.breaks('nothing is pruned', `${name} by ${run.command}`);
    return;
  }
  const old = type === 'ADDED' ? undefined : change.old;
  if (run !== undefined && fenceOf(object) !== fenceOf(old)) sight.counts.fences += 1;
  const [is, was] = [settingsText(object), settingsText(old)];
  if (run === undefined && actor === 'person') sight.editedSettings.set(name, { text: is, at: sight.now() });
  if (is === was || run === undefined) return;
  written(sight, run, { name, is, was, object, old });
}

/** What a run has written into a ConfigMap. */
interface Written {
  readonly name: SettingsName;
  readonly is: string;
  readonly was: string;
  readonly object: Thing;
  readonly old: Thing | undefined;
}

function written(sight: Sight, run: Run, of: Written): void {
  const { name, is, old } = of;
  const noted = notedIn(sight.rollout());
  judgeOwner(sight, run, of);
  const { rollback } = noted;
  const back = rollback !== null && (rollback.cluster === 'todo' || rollback.beside === 'todo') ? rollback : null;
  // Without Git, a rollback restores what somebody had left before the bad release.
  const isKept = copiesOf(sight, name).some((copy) => settingsText(copy) === is);
  if (back !== null && (textIn(sight, back.to, name) === is || isKept)) restored(sight, run, of, back);
  else if (
    rollback !== null &&
    old !== undefined &&
    fenceOf(old) === rollback.at &&
    textIn(sight, rollback.to, name) !== is
  )
    sight.breaks('no write lands behind the fence', `${name} is '${is}' by ${run.command}`);
  else letThrough(sight, run, noted, of);
  sight.editedSettings.delete(name);
  sight.through.set(name, is);
}

/**
 * A rollback restores what the bad release has changed, and what nobody has changed since. What was let through for a version that came
 * no further than its settings is bad too: nothing but these is of it.
 */
function restored(sight: Sight, run: Run, { name, is, was }: Written, { from }: NotedRollback): void {
  sight.counts.settingsRestored += 1;
  const what = `${name} from '${was}' to '${is}' by ${run.command}`;
  if (textIn(sight, from, name) === is && sight.through.get(name) !== was)
    sight.breaks('a rollback restores only what the bad release changed', what);
  const edit = sight.editedSettings.get(name);
  if (!run.takesOver && edit !== undefined && edit.text === was && run.sent - edit.at > lookAge)
    sight.breaks('a rollback leaves what somebody has changed since', what);
}

/** What is written outside of rollbacks has passed the gates of the start, now or before. */
function letThrough(sight: Sight, run: Run, noted: Noted, { name, is, was }: Written): void {
  const { release } = noted;
  const known = sight.through.get(name);
  if (was === known) judgeCopy(sight, run, noted, { name, text: was });
  // What was let through last is put back where somebody has changed it.
  if (is === known || is === sight.agreed.get(name)) return;
  // A delivered release may be deployed again over one that wrote only its settings: its own settings need no gate then.
  const delivered = noted.history.find((one) => one.id === release?.id && one.whole === release.whole);
  if (delivered !== undefined && textIn(sight, delivered, name) === is) return;
  judgeLetThrough(sight, run, noted, { name, is });
}

/** Judges the gates of the start, when settings are written or when a release under way notes that it takes them on. */
function judgeLetThrough(sight: Sight, run: Run, noted: Noted, { name, is }: Pick<Written, 'name' | 'is'>): void {
  const { release } = noted;
  // What a live release takes on is approved by nobody: the approvals of its start were for something else.
  const isLive = release !== null && writtenId(sight, sight.written()) === release.id;
  const asked = release !== null && !isLive && textIn(sight, release, name) === is ? release : null;
  const what = `${name} is '${is}' by ${run.command}, and the record asks for ${release?.id ?? 'nothing'}`;
  sight.counts.settingsWritten += 1;
  if (sight.stable === null) return;
  const isHeld = heldSince(sight, asked);
  if (isHeld !== null && run.sent - isHeld > lookAge) sight.breaks('what is held is not written', what);
  // Its approvals went with the release, and it was on its way before the rollback moved the fence, which restores it then.
  if (noted.rollback?.cluster === 'todo' && sight.rollbackAt > run.sent) return;
  const merged = sight.git.tipsSince(run.sent - startAge).some((tip) => isOnBranch(sight, tip, { name, is, asked }));
  if (!merged) sight.breaks('what nobody has merged is not rendered for a write', what);
  const { awaySince } = sight.git;
  if (awaySince !== null && run.sent - awaySince > startAge)
    sight.breaks('nothing goes on without today’s policy', what);
  const isUrgent = run.urgent || asked?.urgent !== undefined;
  if (!isUrgent && isFrozenSince(sight, run.sent - startAge, run.sent + clockSlack))
    sight.breaks('a frozen delivery starts nothing', what);
  const policies = policiesSince(sight, run.sent - startAge);
  const today = policies.map(policyWords);
  const approvals = sight.ledger.approvals.filter(
    (one) => one.release === asked?.id && one.step === 0 && one.under.some((plan) => today.includes(plan)),
  );
  const plan = wordsOf(planIn(sight.rollout()));
  const votes = asked === null ? [] : votesOf(sight, { release: asked.id, step: 0, plan }, run.sent);
  const around = factsAround(sight, asked?.commit ?? sight.git.tip, run.sent);
  const evidence = { now: run.sent, approvals, votes, soakedSince: null, skew: run.skew, ...around };
  const shut = shutBy(policies, ({ startWhen }) => shutGates(withUrgency(startWhen, isUrgent), evidence, true));
  if (shut.length > 0) sight.breaks('no settings reach the cluster before their gates', `${what}: ${shut.join('; ')}`);
  if (isLive) sight.counts.settingsTakenOn += 1;
}

/** What still has to be open where somebody has said that it can't wait. */
export function withUrgency<T extends { readonly kind: string }>(
  conditions: readonly T[],
  isUrgent: boolean,
): readonly T[] {
  return isUrgent ? conditions.filter(({ kind }) => kind !== 'schedule') : conditions;
}

function isOnBranch(
  { git }: Sight,
  tip: string,
  { name, is, asked }: { readonly name: SettingsName; readonly is: string; readonly asked: Named | null },
): boolean {
  if (asked !== null) return git.contains(tip, asked.commit);
  for (const one of git.line(tip)) if (settingsIn(one.files, name) === is) return true;
  return false;
}

/** The newer commit of the branch writes what several deliveries render. */
function judgeOwner(sight: Sight, run: Run, { name, is, object, old }: Written): void {
  const { git } = sight;
  if (sight.neighbourSince === null) return;
  const theirs = commitsOf(old)[neighbour];
  if (typeof theirs !== 'string') return;
  const own = commitsOf(object)['shop'];
  const isNewer = typeof own === 'string' && git.has(theirs) && git.contains(own, theirs);
  if (!isNewer)
    sight.breaks('the newer commit writes what several deliveries render', `${name} is '${is}' by ${run.command}`);
}

/** A workload that carries the mark of a delivery that exists is not written by a release of another one. */
export function judgeClaimed(sight: Sight, old: Thing | undefined, what: string): void {
  if (sight.neighbourSince !== null && ownerOf(old) === neighbour)
    sight.breaks('a workload of another delivery is never written', what);
}

/** Before settings are written over, there is a copy of them, wherever a rollback may need it. */
function judgeCopy(
  sight: Sight,
  run: Run,
  { release, history }: Noted,
  { name, text }: { readonly name: SettingsName; readonly text: string },
): void {
  // Where the cluster refuses a copy, the deploy goes on without it.
  if (history.length === 0 || run.meets === 'answer' || run.meets === 'cut') return;
  // What a change that was broken off has written is nothing to go back to.
  const live = writtenId(sight, sight.written());
  const serving = [release, ...history].find((one) => one?.id === live);
  if (serving == null || textIn(sight, serving, name) !== text) return;
  if (!copiesOf(sight, name).some((copy) => settingsText(copy) === text))
    sight.breaks('what is written over has a copy', `${name} '${text}' by ${run.command}`);
}

function copiesOf(sight: Sight, name: SettingsName): readonly Thing[] {
  return sight.configMaps().filter((one) => copyOf(one) === name);
}

function copyChanged(sight: Sight, run: Run | undefined, { type, object, old }: Change): void {
  const name = copyOf(object);
  if (name === null || run === undefined) return;
  if (type === 'ADDED') sight.counts.copies += 1;
  if (type === 'MODIFIED' && settingsText(object) !== settingsText(old))
    sight.breaks('a copy stays as it was made', `${object.metadata.name} by ${run.command}`);
  if (type !== 'DELETED') return;
  const { history } = notedIn(sight.rollout());
  const text = settingsText(object);
  const needed = history.slice(0, 2).find((one) => textIn(sight, one, name) === text);
  // What somebody had left by hand goes back in place of what was delivered.
  const isKept = copiesOf(sight, name).some((copy) => settingsText(copy) === text || isOfHand(copy));
  // A rollback that is asked for while the copy is on its way out brings an older content back into the last two.
  if (needed !== undefined && !isKept && sight.rollbackAt <= run.sent)
    sight.breaks('a copy stays as long as a rollback may need it', `${object.metadata.name} of ${needed.id}`);
}

/** What a release has in its commit. */
export function textIn(
  { git }: Pick<Sight, 'git'>,
  { commit }: Pick<Named, 'commit'>,
  name: SettingsName,
): string | null {
  return settingsIn(git.at(commit).files, name);
}

/** All that a release has was let through with it. */
export function noteThrough(sight: Sight, release: Pick<Named, 'commit'>): void {
  for (const name of settingsNames) {
    const text = textIn(sight, release, name);
    if (text !== null) sight.through.set(name, text);
  }
}

/** When the cluster is back, so are its settings: from Git, or from their copies. */
export function judgeRestored(sight: Sight, run: Run | undefined, { from, to, beside }: NotedRollback): void {
  for (const name of settingsNames) {
    const [bad, wanted] = [textIn(sight, from, name), textIn(sight, to, name)];
    const live = sight.configMaps().find(({ metadata }) => metadata.name === name);
    if (bad === wanted || settingsText(live) === wanted || sight.editedSettings.has(name)) continue;
    if (neighbour in commitsOf(live)) continue;
    // A copy that was refused is not there, and Git may be away.
    const isKept = copiesOf(sight, name).some((copy) => settingsText(copy) === wanted);
    if (beside !== 'done' && (!isKept || run?.meets != null)) continue;
    // Without Git, what somebody had left before the bad release is all that is known of stable.
    const isByHand = copiesOf(sight, name).some((copy) => isOfHand(copy) && settingsText(copy) === settingsText(live));
    if (beside !== 'done' && isByHand) continue;
    sight.breaks('a rollback restores settings', `${name} is '${settingsText(live)}', and ${to.id} has '${wanted}'`);
  }
}

/** Only who may approve the start says that it can't wait. */
export function judgeUrgent(sight: Sight, run: Run | undefined, { release }: Noted, was: Noted): void {
  if (release?.urgent === undefined || run === undefined || release.urgent === was.release?.urgent) return;
  sight.counts.urgentStarts += 1;
  const { teamsOf } = factsAround(sight, release.commit, sight.now());
  const policies = [run.policy, ...policiesSince(sight, run.began)];
  if (!run.urgent || policies.every(({ startWhen }) => !mayApprove(startWhen, run.who, teamsOf)))
    sight.breaks('urgency takes the right to approve the start', `${release.id} by ${run.who}`);
}

/** Settings alone are taken back without a change of the pods. */
export function judgeImageStays(sight: Sight, { rollback }: Noted, was: string, what: string): void {
  if (rollback === null || rollback.from.digest !== rollback.to.digest || sight.strangers.has(was)) return;
  sight.breaks('no image is taken back because settings were bad', what);
}

export function noteNeighbour(sight: Sight, { type }: Change): void {
  if (type === 'DELETED') sight.neighbourSince = null;
  else sight.neighbourSince ??= sight.now();
}

/** Judges the gates when the record takes settings on. A run that is killed right after that leaves the writes to a later run. */
function noteAgreed(sight: Sight, run: Run, noted: Noted, release: Pick<Named, 'commit'>): void {
  for (const name of settingsNames) {
    const is = textIn(sight, release, name);
    if (is === null || is === sight.through.get(name)) continue;
    judgeLetThrough(sight, run, noted, { name, is });
    sight.agreed.set(name, is);
  }
}

/** A record that settles: settings were written with the pods of the live release. */
export function noteSettled(sight: Sight, run: Run | undefined, is: Noted, was: Noted): void {
  const { release } = is;
  if (release?.id !== was.release?.id) sight.agreed.clear();
  if (release === null || release.over !== undefined) return;
  const isSettled = was.release?.over === release.id;
  const isBack = hasComeBack(is, was);
  const isTakenOn = was.release?.id === release.id && was.release.commit !== release.commit;
  if (isSettled || isTakenOn) {
    sight.counts.settingsChanges += 1;
    sight.takenOnLast = isTakenOn;
    if (isSettled) noteThrough(sight, release);
    else if (run !== undefined && !isBack) noteAgreed(sight, run, is, release);
  } else if (release.id !== was.release?.id) sight.takenOnLast = false;
  if (idOf(sight.workload()) === release.id && isBack && is.rollback !== null) noteThrough(sight, is.rollback.to);
}
