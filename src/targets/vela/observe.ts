import type { Delivery } from '../../release/delivery.ts';
import { at, type Json, listAt, stringAt } from '../../release/json.ts';
import type { CarrierView, Observation, Snapshot } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { observe as observeRollout, podTemplateHash } from '../kruise/observe.ts';
import { carriedBy, idOf, carrier as kubeVela, publishedAs, templateHash } from './application.ts';
import { APPLICATION_LABEL, LAST_APPLIED, TRAIT } from './keys.ts';
import { componentIn, traitsOf } from './source.ts';

/**
 * Reads the Rollout, the workload and the pods as the target kruise does, for the release that the Application carries. The phase of
 * the Application is wrong for minutes, so nothing goes by it (docs/kubevela.md).
 */
export function observe(delivery: Delivery, snapshot: Snapshot): Observation {
  const { carrier: application = null, workload, rollout } = snapshot;
  if (application === null) return observeRollout(delivery, snapshot);
  const id = renamedTo(application, workload) ?? carriedBy(application);
  const seen = observeRollout(delivery, snapshot);
  // Without the trait, which somebody may have taken out, it makes no Rollout.
  const isGated = traitsOf(componentIn(delivery, application) ?? {}).some((one) => stringAt(one, 'type') === TRAIT);
  const hasWorkload = isMadeOf(application, workload, id);
  const hasRollout = isMadeOf(application, rollout, id);
  const carrier: CarrierView = {
    id,
    isRendered: hasWorkload && (hasRollout || !isGated),
    waitsForAim: false,
    keepsRollout: isGated || hasRollout || !hasWorkload || !isVelas(rollout),
    trouble: troubleOf(application),
  };
  if (seen.workload === null || workload === null) return { ...seen, carrier };
  const template = templateHash(delivery, application);
  const view = { ...seen.workload, id: id ?? seen.workload.id, template };
  if (!carrier.isRendered) return { ...seen, carrier, workload: view };
  return { ...seen, carrier, workload: { ...view, made: podTemplateHash(workload), remade: hasOtherImage(workload) } };
}

/** KubeVela copies id and publishVersion to workload and Rollout, one a moment after the other. */
function isMadeOf(application: KubeObject, made: KubeObject | null, id: string | null): boolean {
  return made !== null && id === idOf(made) && publishedAs(application) === publishedAs(made);
}

/** Whether KubeVela counts an object as its own. It removes no other. */
function isVelas(object: KubeObject | null): boolean {
  return stringAt(object, 'metadata', 'labels', APPLICATION_LABEL) !== null;
}

/**
 * The id with which KubeVela has made the workload of the Application as it is published, where somebody had edited that id before
 * KubeVela saw it; null where nobody had. It copies an id that is edited later with the next publishVersion only.
 */
function renamedTo(application: KubeObject, workload: KubeObject | null): string | null {
  const published = publishedAs(application);
  if (published === null || workload === null || publishedAs(workload) !== published) return null;
  const made = idOf(workload);
  return made === carriedBy(application) ? null : made;
}

/**
 * Whether somebody has set another image than KubeVela has: it notes in the workload what it applied. What a webhook makes of that in
 * the same write is KubeVela's too.
 */
function hasOtherImage(workload: KubeObject): boolean {
  const applied = parsed(stringAt(workload, 'metadata', 'annotations', LAST_APPLIED));
  const wanted = new Map(containersIn(applied).map((one) => [stringAt(one, 'name'), stringAt(one, 'image')]));
  return containersIn(workload).some((one) => {
    const [name, image] = [stringAt(one, 'name'), stringAt(one, 'image')];
    return wanted.has(name) && wanted.get(name) !== image && !setsImage(workload, name);
  });
}

function containersIn(workload: Json): readonly Json[] {
  return listAt(workload, 'spec', 'template', 'spec', 'containers');
}

/** Whether KubeVela is an owner of the image of a container. */
function setsImage(workload: KubeObject, name: string | null): boolean {
  const path = ['f:spec', 'f:template', 'f:spec', 'f:containers', `k:${JSON.stringify({ name })}`, 'f:image'];
  return listAt(workload, 'metadata', 'managedFields').some(
    (entry) => stringAt(entry, 'manager') === kubeVela.manager && at(entry, 'fieldsV1', ...path) !== undefined,
  );
}

/** JSON that somebody else has written; an empty object where it is none. */
function parsed(text: string | null): Json {
  try {
    return text === null ? {} : (JSON.parse(text) as Json);
  } catch {
    return {};
  }
}

/** Parts of KubeVela's work that come before an object is written. Its garbage collection fails now and then, and is no trouble. */
const BEFORE_WRITES: readonly string[] = ['Parsed', 'Revision', 'Policy', 'Render', 'Synced'];

/** What KubeVela says against the Application as it is now; null when it says nothing. */
function troubleOf(application: KubeObject): string | null {
  const status = at(application, 'status');
  const condition = listAt(status, 'conditions').find(
    (one) => stringAt(one, 'status') === 'False' && BEFORE_WRITES.includes(stringAt(one, 'type') ?? ''),
  );
  if (condition !== undefined) return said(condition);
  if (stringAt(status, 'workflow', 'appRevision') !== publishedAs(application)) return null;
  const failed = listAt(status, 'workflow', 'steps').find((step) => stringAt(step, 'phase') === 'failed');
  return failed === undefined ? null : said(failed);
}

function said(part: Json): string {
  return stringAt(part, 'message') ?? stringAt(part, 'reason') ?? 'KubeVela names no reason';
}
