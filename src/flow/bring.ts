import type { RevertWay } from '../release/delivery.ts';
import { asError, environmentError, type StepgateError } from '../release/error.ts';
import { PushRefused } from '../release/ports.ts';
import type { ProposedRevert, ReleaseRecord, Rollback } from '../release/record.ts';
import { contentId } from '../release/whole.ts';
import { fetchTip, tipOf } from './commits.ts';
import { writeRecord } from './execute.ts';
import { branchOf } from './load.ts';
import { propose, type Wanted } from './revert-pull.ts';
import type { Observed, Work } from './work.ts';

export type Brought =
  /** The branch has the content. The commit is null when it had it before. */
  { readonly is: 'there'; readonly commit: string | null } | { readonly is: 'proposed'; readonly pull: ProposedRevert };

/** How often a commit is made in one run when the branch moves meanwhile. */
const ATTEMPTS = 3;

/** How the commits of a rollback reach Git. Once one waits in a pull request, the push that was refused is not tried again. */
export function wayOf(
  { delivery }: Work,
  { proposed }: ReleaseRecord,
  { way, from }: Rollback,
  is: ProposedRevert['is'],
): RevertWay {
  const wanted = way ?? delivery.rollback.git;
  const waits = proposed?.release === contentId(from) && proposed.is === is;
  return wanted === 'auto' && waits ? 'pull-request' : wanted;
}

/**
 * Pushes a commit or proposes it. `make` makes it on the tip; null when the branch has its content. It is made again when the
 * branch has moved meanwhile, also by another run that pushed the same. Throws what `make` throws, GIT_PUSH_FAILED, and what
 * `propose` throws.
 */
export async function bring(work: Work, way: RevertWay, make: () => Promise<Wanted | null>): Promise<Brought> {
  for (let attempt = 1; ; attempt += 1) {
    const wanted = await make();
    if (wanted === null) return { is: 'there', commit: null };
    const refused = way === 'pull-request' ? null : await pushed(work, wanted);
    if (refused === 'pushed') return { is: 'there', commit: wanted.commit };
    if (refused !== 'moved') {
      if (refused !== null && way === 'commit') throw refused;
      const pull = await propose(work, wanted, refused);
      if (pull !== null) return { is: 'proposed', pull };
    }
    if (attempt === ATTEMPTS) {
      throw environmentError('GIT_PUSH_FAILED', `the branch has moved ${ATTEMPTS} times while the commit was made`, {
        hint: 'run again: it is then made on the new tip',
      });
    }
  }
}

/** Pushes a commit. The error is returned when a rule of the branch refuses it; throws any other. */
async function pushed(
  work: Work,
  { commit, onto, restores, more }: Wanted,
): Promise<'pushed' | 'moved' | StepgateError> {
  const { context, delivery, policy } = work;
  const { remote, branch } = branchOf(policy);
  context.log(
    `write: push ${commit.slice(0, 10)} to ${remote}/${branch}: restore ${restores.slice(0, 10)} for ${delivery.name}${more}`,
  );
  try {
    await context.repo.push(remote, commit, branch);
    return 'pushed';
  } catch (error) {
    const known = asError(error);
    if (known.code !== 'GIT_PUSH_FAILED') throw error;
    await fetchTip(work);
    if ((await tipOf(work)) !== onto) return 'moved';
    if (known.cause instanceof PushRefused) return known;
    throw error;
  }
}

/** Records that a commit waits in a pull request. */
export async function noteProposed(
  work: Work,
  observed: Observed,
  rollback: Rollback,
  pull: ProposedRevert,
): Promise<void> {
  const { record } = observed;
  const trouble = `${pull.is === 'revert' ? 'the revert' : 'the commit that restores it'} waits in ${pull.url}`;
  const next = { ...rollback, trouble, troubleCode: 'REVERT_PROPOSED' as const };
  await writeRecord(work, observed, { ...record, proposed: pull, rollback: next }, trouble);
}
