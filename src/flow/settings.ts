import { gates } from '../gates/index.ts';
import { planDigest } from '../policy/plan-digest.ts';
import { isLiveTemplate } from '../release/as-written.ts';
import type { Survey } from '../release/changes/compared.ts';
import { refusal } from '../release/error.ts';
import { judgeStart, shutWords } from '../release/gate.ts';
import type { AskedFor } from '../release/record.ts';
import { bySize, differs, isOtherContent, isPending } from '../release/settings.ts';
import { isOpen } from '../release/verdict.ts';
import { presentEvidence } from './evidence.ts';
import { type PlannedRelease, refuseGoingBack } from './plan-release.ts';
import { actBy, type Observed, type Work } from './work.ts';

/**
 * What becomes of objects that differ where the pods stay as they are. `let through`: they have the content that was let through last,
 * and are put back. `asked`: they wait for the gates of the start, as a release does. `taken on`: a release is under way, and takes
 * them on, because the gates of the start are open now. `left`: a workload is taken over, and the gates are shut.
 */
export type SettingsAnswer = 'let through' | 'asked' | 'taken on' | 'left';

/**
 * Judges settings that differ from what is live. Throws WOULD_GO_BACK for those of an older commit, and SETTINGS_WAIT where a release
 * is under way and a gate of the start is shut: that release goes on as it is.
 */
export async function judgeSettings(
  work: Work,
  observed: Observed,
  asked: PlannedRelease,
  { commit, live, urgent }: { readonly commit: string; readonly live: string | null; readonly urgent: string | null },
): Promise<SettingsAnswer> {
  const { record, observation } = observed;
  const id = observation.workload?.id ?? null;
  if (!isOtherContent(record, id, asked.rendered)) return 'let through';
  if (asked.is === 'adopt') return shutNow(work, observed, asked, urgent).length === 0 ? 'let through' : 'left';
  await refuseGoingBack(work, observed, commit, live);
  if (id !== null && record.history[0]?.id === id) return 'asked';
  const shut = shutNow(work, observed, asked, urgent);
  if (shut.length === 0) return 'taken on';
  throw refusal(
    'SETTINGS_WAIT',
    `${work.today.name}: only settings differ, and ${id ?? 'a release'} is under way: its start ${shut.join(', and ')}`,
    'deploy again once the release is delivered; deploy --urgent --reason passes schedules and freezes',
  );
}

/**
 * For a plan: that nothing but settings differs from what is live, with the gates of the start that are shut; null where the pods
 * would change, or nothing differs.
 */
export function settingsWords(work: Work, observed: Observed, asked: PlannedRelease, survey: Survey): string | null {
  const { record, observation } = observed;
  if (asked.is !== 'same' || observation.engine.at !== 'idle' || !isLiveTemplate(observed, asked.template)) return null;
  if (!differs(bySize(work.target, survey).rest)) return null;
  const only = 'only settings differ, so no pod is replaced and no step is walked';
  // What was let through once is put back without a gate.
  const live = observation.workload?.id ?? null;
  const urgent = isPending(record, live, asked.rendered) ? (record.release?.urgent ?? null) : null;
  const shut = isOtherContent(record, live, asked.rendered) ? shutNow(work, observed, asked, urgent) : [];
  return shut.length === 0 ? only : `${only}; their start ${shut.join(', and ')}`;
}

/** The shut gates of the start, in words. Gates that need an answer from elsewhere count as shut. */
function shutNow(work: Work, observed: Observed, asked: PlannedRelease, urgent: string | null): readonly string[] {
  const { today: delivery } = work;
  const release: AskedFor = {
    ...asked.rendered.release,
    ...actBy(work),
    template: asked.template,
    policy: work.policy.commit,
    plan: planDigest(delivery),
    ...(urgent === null ? {} : { urgent }),
  };
  const { observation } = observed;
  const record = { ...observed.record, release };
  const grounds = { gates, delivery, plan: planDigest(delivery), record, observation, evidence: presentEvidence(work) };
  return judgeStart(grounds).flatMap((verdict) => (isOpen(verdict) ? [] : [shutWords(gates, verdict)]));
}
