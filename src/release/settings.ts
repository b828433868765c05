import type { Compared, Survey } from './changes/compared.ts';
import { at, objectAt, same, without } from './json.ts';
import { type ReleaseRecord, releaseWith } from './record.ts';
import type { Rendered, Target } from './target.ts';
import { sameContent } from './whole.ts';

/**
 * A settings change: a commit that leaves the pod template as it is. All of it waits for the gates of the start, except what says
 * how many pods there are.
 */

/** A survey in two: what says how many pods there are, and everything else. What a part leaves out differs in nothing there. */
export function bySize(target: Target, survey: Survey): { readonly sizes: Survey; readonly rest: Survey } {
  const isSize = ({ apply }: Compared) => target.isSize(apply.object);
  const only = (wanted: boolean, all: readonly Compared[]) =>
    all.map((one) => (isSize(one) === wanted ? one : untouched(one)));
  const part = (wanted: boolean): Survey => ({
    ...survey,
    before: only(wanted, survey.before),
    idleOnly: only(wanted, survey.idleOnly),
    written: isSizeAlone(survey.written) === wanted ? survey.written : untouched(survey.written),
  });
  return { sizes: part(true), rest: part(false) };
}

/** Whether nothing of what is live differs in its specification from what is wanted but the number of pods. */
function isSizeAlone({ live, answer }: Compared): boolean {
  if (live === null || at(live, 'spec', 'replicas') === at(answer, 'spec', 'replicas')) return false;
  const [left, right] = [live, answer].map((object) => without(objectAt(object, 'spec'), ['replicas']));
  return same(left, right);
}

function untouched(compared: Compared): Compared {
  const { live, answer } = compared;
  return { ...compared, answer: live ?? answer, change: 'none' };
}

/** Whether any object of a survey differs from what is wanted, the Rollout aside. */
export function differs({ before, idleOnly, written }: Survey): boolean {
  const { live, answer } = written;
  return (
    [...before, ...idleOnly].some(({ change, left }) => change !== 'none' && left === undefined) ||
    live === null ||
    !same(at(live, 'spec'), at(answer, 'spec'))
  );
}

/**
 * Whether a rendering whose pods are live has another content than what was let through last. `live`: the id on the workload. What
 * was let through may be put back without a gate, where somebody has changed it.
 */
export function isOtherContent(record: ReleaseRecord, live: string | null, { release: { whole } }: Rendered): boolean {
  const applied = releaseWith(record, live)?.whole;
  return applied === undefined || applied !== whole;
}

/** Whether a settings change with this content is asked for over the live release. Part of it may be written. */
export function isPending({ release }: ReleaseRecord, live: string | null, { release: wanted }: Rendered): boolean {
  if (release?.over === undefined || release.over !== live) return false;
  return release.commit === wanted.commit && sameContent(release, wanted);
}
