import { planDigest } from '../policy/plan-digest.ts';
import { isLiveTemplate } from '../release/as-written.ts';
import type { AskedFor, ReleaseRecord } from '../release/record.ts';
import { askedFor, delivered, keepingLive } from '../release/record-after.ts';
import { contentFields, contentId, sameContent } from '../release/whole.ts';
import { writeRecord } from './execute.ts';
import { type PlannedRelease, provedLive } from './plan-release.ts';
import type { SettingsAnswer } from './settings.ts';
import { actBy, checkRecord, type Observed, observe, type Work, withRun } from './work.ts';
import { Moved } from './write.ts';

/** Who lets a start pass its schedules and freezes, and why. */
export interface Urgency {
  readonly by: string;
  readonly reason: string;
}

/**
 * Records a release before any of it is written, because a killed run must not lose the commit. `judged` is the
 * observation that `planRelease` used. Throws Moved when the record has changed since.
 */
export async function requestRelease(
  work: Work,
  judged: Observed,
  asked: PlannedRelease,
  {
    liveRef,
    urgent,
    settings,
  }: { readonly liveRef: string | null; readonly urgent: Urgency | null; readonly settings: SettingsAnswer },
): Promise<void> {
  const { context, policy, today } = work;
  const observed = observe(work);
  checkRecord(judged, observed.rollout);
  const act = actBy(work);
  const { at } = act;
  const { name } = context.actor;
  const plan = planDigest(today);
  const release = (template: string): AskedFor => ({
    ...asked.rendered.release,
    ...act,
    ...(urgent === null ? {} : { by: urgent.by, urgent: urgent.reason }),
    template,
    policy: policy.commit,
    plan,
  });
  const ran = (record: ReleaseRecord) => withRun(work, record, { command: 'deploy', about: asked.rendered.release.id });
  const { rollback } = observed.record;
  if (asked.is !== 'same' && rollback?.git === 'todo') {
    context.log(
      `${work.delivery.name}: the revert of ${contentId(rollback.from)} was not pushed, and stepgate no longer pushes it: commits that contain it stay refused until somebody reverts it`,
    );
  }
  switch (asked.is) {
    case 'same':
      return settings === 'asked'
        ? askForSettings(work, observed, release(asked.template))
        : takeAsLive(work, observed, asked);
    case 'first':
      return writeRecord(
        work,
        observed,
        ran(askedFor(observed.record, release(asked.template))),
        `${name} releases ${asked.rendered.release.id}`,
      );
    case 'adopt': {
      // Without `whole`, the next deploy asks for the settings that were left out now.
      const { whole: _whole, ...taken } = release(asked.template);
      const wanted = settings === 'left' ? taken : release(asked.template);
      const revision = observed.observation.servingRevision;
      const record = delivered(askedFor(observed.record, wanted), wanted, { at, revision });
      return writeRecord(work, observed, ran(record), 'the workload already has this template, so it is stable');
    }
    case 'release': {
      const base =
        liveRef === null || observed.record.release !== null
          ? observed.record
          : await adoptLive(work, observed, liveRef, at);
      return writeRecord(
        work,
        observed,
        ran(askedFor(keepingLive(base, observed.observation.workload?.id ?? null), release(asked.template))),
        `${name} releases ${asked.rendered.release.id}`,
      );
    }
  }
}

/** Records a settings change over the live release, whose pods it leaves as they are. Whoever asks again changes nothing. */
async function askForSettings(work: Work, observed: Observed, release: AskedFor): Promise<void> {
  const { record, observation } = observed;
  const over = observation.workload?.id ?? null;
  if (over === null) throw new Moved('the workload is gone');
  const { id } = release;
  const pending = record.release?.id === id && record.release.over === over ? record.release : null;
  const isNews = release.urgent !== undefined && pending?.urgent === undefined;
  if (pending !== null && sameContent(pending, release) && !isNews) return;
  // The pod template that a controller made of the carrier does not change.
  const made = record.release?.id === over ? record.release.made : undefined;
  const next = askedFor(keepingLive(record, over), { ...release, over, ...(made === undefined ? {} : { made }) });
  const noted = withRun(work, next, { command: 'deploy', about: id });
  await writeRecord(work, observed, noted, `${release.by} asks for the settings of ${id}, with the pods of ${over}`);
}

/**
 * Records the live release as the requested one, because it has the wanted template. The record may name another release:
 * one that was requested later and has not started, or one whose template somebody changed in the cluster (E22, E34). The
 * live release has no approvals then.
 */
async function takeAsLive(work: Work, observed: Observed, { rendered, template }: PlannedRelease): Promise<void> {
  const { record, observation } = observed;
  const id = observation.workload?.id ?? null;
  if (id === null || !isLiveTemplate(observed, template)) return;
  if (record.release?.id === id && record.release.template === template) return;
  // The label may name another release than the one whose template is live: when somebody restores a template by hand
  // (kubectl patch), the label keeps the id of the bad release.
  const named = [record.release, ...record.history].find((one) => one?.id === id);
  const isKnown = named?.digest === rendered.release.digest;
  const { commit, digest } = isKnown ? named : rendered.release;
  const release = {
    // Fields that a newer version of stepgate added to the same release are kept.
    ...(record.release?.id === id ? record.release : {}),
    // A later rollback goes back to the last entry with another content, so the content of this release has to stay known.
    ...(isKnown ? contentFields(named) : {}),
    ...actBy(work),
    id,
    commit,
    digest,
    template,
    policy: work.policy.commit,
    plan: planDigest(work.delivery),
  };
  await writeRecord(
    work,
    observed,
    { ...askedFor(record, release), approvals: [] },
    `${id} is live, and it is the wanted release`,
  );
}

/**
 * The record with the commit that a person named as live, once a dry-run of its rendering has shown that nothing would
 * change.
 */
async function adoptLive(work: Work, observed: Observed, liveRef: string, at: string): Promise<ReleaseRecord> {
  const { id, commit, digest } = await provedLive(work, observed, liveRef);
  const { workload, servingRevision } = observed.observation;
  const live = { id: workload?.id ?? id, commit, digest, at, template: workload?.template ?? null };
  return { ...observed.record, history: [{ ...live, revision: servingRevision }] };
}
