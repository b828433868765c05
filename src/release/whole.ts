import { createHash } from 'node:crypto';
import type { Delivery, Release } from './delivery.ts';
import { canonical, objectAt, without } from './json.ts';
import { unmarked } from './owner.ts';
import { type Rendered, type Target, writtenOf } from './target.ts';

/**
 * Hex SHA-256 over everything that a source renders, in any order of its objects: without what comes of the policy (the Rollout, the
 * steps in a carrier, the name of the delivery), without the release's id, and without what says how many pods there are. A size is no
 * content that a rollback may take back: whoever scales up in an outage keeps the pods.
 */
export function wholeOf(target: Target, delivery: Pick<Delivery, 'workload'>, rendered: Rendered): string {
  const { carrier } = rendered;
  const spec =
    carrier === null
      ? without(objectAt(rendered.workload, 'spec'), ['replicas'])
      : target.restorableOf(delivery, carrier);
  // Every release gets the same id here, so that the id does not change the hash.
  const written = target.named({ ...unmarked(writtenOf(rendered)), spec }, 'whole', null);
  const beside = [...rendered.before, ...rendered.idleOnly].filter((object) => !target.isSize(object));
  const parts = [written, rendered.settings, ...beside];
  return createHash('sha256').update(parts.map(canonical).sort().join('\n')).digest('hex');
}

/** Whether two releases have the same content. One whose whole content nobody has noted is compared by its pod template. */
export function sameContent(one: Pick<Release, 'digest' | 'whole'>, other: Pick<Release, 'digest' | 'whole'>): boolean {
  if (one.digest !== other.digest) return false;
  return one.whole === undefined || other.whole === undefined || one.whole === other.whole;
}

/** The id under which people know the content of a release: that of its last settings change, or its own. */
export function contentId({ id, settings }: Pick<Release, 'id' | 'settings'>): string {
  return settings ?? id;
}

/** Whether an id that somebody types means a release: its own id, or that of the settings change that it has taken on last. */
export function isNamed(release: Pick<Release, 'id' | 'settings'>, id: string): boolean {
  return id === release.id || id === release.settings;
}

/** The id of a release and that of the settings change that it has taken on last, in words. */
export function contentWords({ id, settings }: Pick<Release, 'id' | 'settings'>): string {
  return settings === undefined ? id : `${id} with the settings of ${settings}`;
}

/** The fields of a release that tell its content from that of another one with the same pods. Left out where they are not known. */
export function contentFields({
  whole,
  settings,
}: Pick<Release, 'whole' | 'settings'>): Pick<Release, 'whole' | 'settings'> {
  return { ...(whole === undefined ? {} : { whole }), ...(settings === undefined ? {} : { settings }) };
}
