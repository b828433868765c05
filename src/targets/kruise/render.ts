import { Document } from 'yaml';
import { printOptions, quoteStrings, withEscapes } from '../../config/quoting.ts';
import type { Delivery } from '../../release/delivery.ts';
import { digestOf, releaseId } from '../../release/identity.ts';
import { at, type JsonObject, objectAt, without } from '../../release/json.ts';
import type { KubeObject } from '../../release/ports.ts';
import type { Rendered } from '../../release/target.ts';
import { annotationsOf } from './annotations.ts';
import { ID_KEY, isEngineKey, managers, ROLLOUT } from './keys.ts';
import { scales, sortManifests } from './manifests.ts';
import { strategyOf } from './strategy.ts';
import { workloadKind } from './workloads/index.ts';

export { livePlanOf, pausesDiffer, planDifferences, samePlan, styleOf } from './strategy.ts';

/**
 * Renders a commit's manifests for the cluster: the delivery's Rollout, the workload with its rollout-id and without the
 * settings, and the other objects by when they may be written. `autoscalers` are the live ones. When one of them or of the
 * source scales the workload, `replicas` is left out. Throws SOURCE_INVALID or ID_ANNOTATION.
 */
export function render(
  delivery: Delivery,
  commit: string,
  manifests: readonly KubeObject[],
  attempt: number,
  autoscalers: readonly KubeObject[] = [],
): Rendered {
  const { workload, before, idleOnly } = sortManifests(delivery, manifests);
  const digest = digestOf(at(workload, 'spec', 'template') ?? null);
  const release = { id: releaseId(commit, digest, attempt), commit, digest };
  const scaled = [...idleOnly, ...autoscalers].some((one) => scales(one, delivery.workload));
  return {
    rollout: rolloutOf(delivery),
    workload: leanWorkload(delivery, workload, release.id, scaled),
    settings: settingsOf(delivery, workload),
    carrier: null,
    before,
    idleOnly,
    release,
  };
}

/**
 * The rendering as one YAML stream. The same rendering gives the same bytes. The Rollout comes first, so that applying the
 * stream by hand is gated too. The other objects follow in the order of writing. The settings are a comment. If they were a
 * document, applying the stream under one manager would remove the template.
 */
export function renderYaml(rendered: Rendered): string {
  return yamlStream(rendered, [
    toYaml(rendered.rollout),
    ...rendered.before.map(toYaml),
    `${settingsComment(rendered.settings)}${toYaml(rendered.workload)}`,
    ...rendered.idleOnly.map(toYaml),
  ]);
}

/** Documents of a rendering as one YAML stream, below the id. */
export function yamlStream({ release }: Rendered, documents: readonly string[]): string {
  return `# proposed rollout-id: ${release.id}\n${documents.join('---\n')}`;
}

function settingsComment(settings: KubeObject | null): string {
  if (settings === null) return '';
  const lines = toYaml(settings).trimEnd().split('\n');
  const title = `# Written while idle by the field manager ${managers.settings}, apart from the rest:`;
  return [title, ...lines.map((line) => `#   ${line}`), ''].join('\n');
}

/** YAML that kubectl, and old and new parsers, read as exactly this object. */
export function toYaml(object: KubeObject): string {
  const document = new Document(object, { sortMapEntries: true, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  quoteStrings(document);
  return withEscapes(document.toString(printOptions));
}

/** The Rollout of a delivery, with the plan of the policy. It does not depend on the source. */
export function rolloutOf(delivery: Delivery): KubeObject {
  const known = rollouts.get(delivery);
  if (known !== undefined) return known;
  const { name } = delivery.workload;
  const { apiVersion, kind } = workloadKind(delivery).kind;
  const rollout = {
    apiVersion: ROLLOUT.apiVersion,
    kind: ROLLOUT.kind,
    metadata: { name, namespace: delivery.namespace, annotations: annotationsOf(delivery) },
    spec: {
      workloadRef: { apiVersion, kind, name },
      strategy: strategyOf(delivery),
    },
  };
  rollouts.set(delivery, rollout);
  return rollout;
}

/** Rendered Rollouts by delivery. They are compared with the live one after every event. */
const rollouts = new WeakMap<Delivery, KubeObject>();

function leanWorkload(delivery: Delivery, workload: KubeObject, id: string, scaled: boolean): KubeObject {
  const { annotations, labels, ...metadata } = objectAt(workload, 'metadata');
  const kept = withoutEngineKeys(annotations);
  const { webhookFields, borrowed } = workloadKind(delivery);
  const dropped = [...webhookFields, ...borrowed(delivery.style), ...(scaled ? ['replicas'] : [])];
  return {
    ...without(workload, ['status']),
    metadata: {
      ...metadata,
      labels: { ...withoutEngineKeys(labels), [ID_KEY]: id },
      ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
    spec: without(objectAt(workload, 'spec'), dropped),
  };
}

function settingsOf(delivery: Delivery, workload: KubeObject): KubeObject | null {
  const { kind, settings } = workloadKind(delivery);
  const spec = settings(objectAt(workload, 'spec'), delivery.style);
  if (spec === undefined) return null;
  const { name } = delivery.workload;
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, namespace: delivery.namespace }, spec };
}

/** Labels or annotations without those that belong to the engine. */
export function withoutEngineKeys(map: unknown): JsonObject {
  return Object.fromEntries(Object.entries(objectAt({ map }, 'map')).filter(([key]) => !isEngineKey(key)));
}
