import { Refusal } from '../api/answers.ts';
import { mapAt, same, textAt } from '../api/json.ts';
import { asMap, labelOf, type Thing } from '../api/things.ts';
import { type Manifest, manifestsOf, ownedByOther, type Parts } from './manifests.ts';
import { liveRevision, manager } from './revisions.ts';
import { InvalidTemplate } from './trait.ts';

/** What an Application makes, where the server would take all of it; else what is said against it. */
export function checked(
  parts: Parts,
  app: Thing,
): { readonly manifests: readonly Manifest[] } | { readonly refused: string } {
  try {
    const manifests = manifestsOf(parts, app, liveRevision(app));
    for (const one of manifests) {
      const other = ownedByOther(parts, app, one);
      if (other !== null) return { refused: dryRunFailed(`cannot apply ApplyOption: ${other}`) };
    }
    for (const one of manifests) apply(parts, one, true);
    return { manifests };
  } catch (error) {
    if (error instanceof InvalidTemplate) return { refused: error.message };
    if (error instanceof Refusal) return { refused: dryRunFailed(`cannot patch object: ${error.message}`) };
    throw error;
  }
}

function dryRunFailed(why: string): string {
  return `Dispatch: pre-dispatch dryrun failed: Found 1 errors. [(${why})]`;
}

export function writeAll(parts: Parts, manifests: readonly Manifest[]): void {
  for (const one of manifests) apply(parts, one, false);
}

function apply({ api }: Parts, { kind, namespace, name, object }: Manifest, dryRun: boolean): Thing {
  return api.apply(kind, namespace, name, object, { manager, force: true, dryRun }).object;
}

export function isRollout({ object }: Manifest): boolean {
  return textAt(object, 'kind') === 'Rollout';
}

/** What is as it should be is not written. What a webhook refuses is tried again the next time. */
export function putBack(parts: Parts, manifest: Manifest): void {
  const { kind, namespace, name } = manifest;
  const live = parts.api.get(kind, namespace, name);
  try {
    if (live === undefined || isOther(apply(parts, manifest, true), live)) apply(parts, manifest, false);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Removes what KubeVela has made of an earlier revision, and not of this one. */
export function collect(parts: Parts, app: Thing): void {
  const { api, rollouts } = parts;
  const namespace = app.metadata.namespace ?? '';
  const made = manifestsOf(parts, app, liveRevision(app));
  for (const kind of [rollouts, 'Deployment']) {
    const own = api
      .list(kind, namespace)
      .filter(
        (one) =>
          labelOf(one, 'app.oam.dev/name') === app.metadata.name && labelOf(one, 'app.oam.dev/appRevision') !== '',
      );
    for (const { metadata } of own)
      if (!made.some((one) => one.kind === kind && one.name === metadata.name))
        api.remove(kind, namespace, metadata.name);
  }
}

/** Whether somebody would have to write one of the two to make it the other. */
export function isOther(one: Thing, other: Thing): boolean {
  const written = (thing: Thing) => {
    const { labels = {}, annotations = {} } = thing.metadata;
    return { labels, annotations, spec: mapAt(asMap(thing), 'spec') };
  };
  return !same(written(one), written(other));
}
