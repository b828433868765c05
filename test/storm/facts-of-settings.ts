import { type Json, mapAt, textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import { type SettingsName, settingsNames } from './source.ts';

/** What the cluster shows of settings: ConfigMaps, copies of them, and whose they are. Nothing here is stepgate's own reading. */

/** The other delivery that renders one of the ConfigMaps. */
export const neighbour = 'cart';

const prefix = 'stepgate.dev/';

/** The ConfigMap of the source that an object is; null for any other. */
export function settingsName({ metadata: { name } }: Thing): SettingsName | null {
  return settingsNames.find((one) => one === name) ?? null;
}

export function settingsText(object: Thing | undefined): string {
  return textAt(object, 'data', 'text');
}

/** Since when writes of earlier runs are refused, as the record has the time of its rollback. */
export function fenceOf(object: Thing | undefined): string {
  return textAt(object, 'metadata', 'annotations', `${prefix}fence`);
}

export function ownerOf(object: Thing | undefined): string {
  return textAt(object, 'metadata', 'annotations', `${prefix}delivery`);
}

/** The commits from which deliveries have written an object. */
export function commitsOf(object: Thing | undefined): Readonly<Record<string, Json>> {
  const found = textAt(object, 'metadata', 'annotations', `${prefix}commits`);
  return found === '' ? {} : mapAt({ found: JSON.parse(found) as Json }, 'found');
}

/** The ConfigMap that a copy is of; null for what is no copy. */
export function copyOf(object: Thing): SettingsName | null {
  if (textAt(object, 'metadata', 'labels', `${prefix}copy`) !== 'true') return null;
  return settingsNames.find((one) => object.metadata.name.startsWith(`${one}.`)) ?? null;
}

/** The marks of an object that these deliveries render, as an annotation. */
export function marks(owner: string, commits: Readonly<Record<string, Json>>): Readonly<Record<string, string>> {
  const sorted = Object.entries(commits).sort(([one], [other]) => (one < other ? -1 : 1));
  return { [`${prefix}delivery`]: owner, [`${prefix}commits`]: JSON.stringify(Object.fromEntries(sorted)) };
}

/** Whether somebody had edited the object by hand when the copy was made. */
export function isOfHand(copy: Thing): boolean {
  return textAt(copy, 'metadata', 'annotations', 'stepgate.dev/edited-by-hand') === 'true';
}
