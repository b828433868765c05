import type { Observation, WorkloadView } from './observation.ts';
import type { AskedFor, ReleaseRecord } from './record.ts';

/** What a release wrote, as the record has it. */
type Written = Pick<AskedFor, 'template' | 'made'>;

/** Whether what is live has the template of a release, and its pods the one that a controller made of it. */
export function isAsWritten(release: Written, workload: WorkloadView): boolean {
  return workload.template === release.template && !isRemade(release, workload);
}

/** Whether somebody changed the pod template since a controller made it of the release's carrier. */
export function isRemade({ made: noted }: Pick<AskedFor, 'made'>, { made, remade = false }: WorkloadView): boolean {
  return remade || (noted !== undefined && made !== null && made !== noted);
}

/**
 * Whether a template is live. What a carrier says may not be: somebody may have edited it so that its controller does not see it, or the
 * pod template that the controller made. The record then has another template under the id that is live.
 */
export function isLiveTemplate(
  { record, observation: { carrier, workload } }: { readonly record: ReleaseRecord; readonly observation: Observation },
  template: string,
): boolean {
  if (workload === null || workload.template !== template) return false;
  if (carrier === null) return true;
  const { release, before, history } = record;
  const [asked = null] = [release, before].filter((one) => one?.id === workload.id);
  const [known = asked] = asked === null ? history.filter((one) => one.id === workload.id) : [];
  if (known !== null && known.template !== null && known.template !== template) return false;
  // Somebody has put back what was delivered before, and nothing is made of it.
  if (asked === null && known !== null && !carrier.isRendered) return false;
  return asked === null || !isRemade(asked, workload);
}
