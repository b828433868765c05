import { complain, complainUnknown, type Reader } from '../config/check.ts';
import { oneOf } from '../config/found.ts';
import type { Path, YamlDocument } from '../config/yaml.ts';
import { afterDelivery } from '../gates/after.ts';
import { startByMerge } from '../gates/approval.ts';
import type { Catalog, Condition, Delivery, TargetName } from '../release/delivery.ts';
import { at, isObject, type Json, listAt, objectAt, stringAt } from '../release/json.ts';
import type { RefusedPart } from '../release/target.ts';
import { settingsInConfig, targets, trafficInConfig } from '../targets/index.ts';
import { type FindPlace, rememberPlaces } from './places.ts';
import { type Plan, readPlan } from './plan.ts';
import { readSource } from './source.ts';
import { readUngated } from './ungated.ts';

/** A delivery, and its place in the config. */
export interface Named {
  readonly delivery: Delivery;
  readonly document: YamlDocument;
  readonly path: Path;
  /** Where its `ungated` stands. */
  readonly ungated: Placed;
}

/** A path in one of the files. */
interface Placed {
  readonly document: YamlDocument;
  readonly path: Path;
}

/** The paths of the keys that may differ between environments. */
interface Said {
  readonly target: Path;
  readonly workload: Path;
  readonly source: Path;
  readonly traffic: Path;
}

/** Reads a delivery of the one-block form; nothing when it is not a map. Parts in which check() found a problem are left empty. */
export function readBlock(reader: Reader, path: Path, catalog: Catalog): readonly Named[] {
  const root = reader.document.value;
  const block = at(root, ...path);
  if (!isObject(block)) return [];
  const name = stringAt(block, 'delivery') ?? '';
  const planName = stringAt(block, 'plan');
  const plans = new Map(Object.entries(objectAt(root, 'plans')));
  if (planName !== null && !plans.has(planName)) {
    complainUnknown(reader, { path: [...path, 'plan'], name: planName, known: plans, of: 'plans' });
    return [];
  }
  const plan = readPlan(reader, planName === null ? [path] : [path, ['plans', planName]], catalog);
  const said = {
    target: [...path, 'target'],
    workload: [...path, 'workload'],
    source: [...path, 'source'],
    traffic: [...path, 'traffic'],
  };
  const parts = readParts(reader, { said, plan, root: reader, env: null, name });
  if (plan.routing !== null && !Object.hasOwn(block, 'traffic')) {
    const hint =
      'add traffic: with the Service and an ingress or gateway to this delivery, or remove traffic from the steps';
    complain(reader, { path: plan.routing, says: `routes traffic, but ${name} has no traffic key`, hint });
  }
  const namespace = stringAt(block, 'namespace') ?? '';
  const cluster = clusterOf(at(block, 'cluster'));
  const { document } = reader;
  const ungated = { document, path: [...path, 'ungated'] };
  const beside = readUngated(reader, ungated.path, { of: 'delivery', env: null, name, workload: parts.workload });
  const delivery = { name, environment: null, namespace, cluster, ...parts, ...beside, startWhen: plan.startWhen };
  const placed = rememberPlaces(delivery, placesIn({ said, plan, ungated, service: document, root: document }));
  return [{ delivery: placed, document, path, ungated }];
}

/**
 * Reads the deliveries of an included file: one for each of its environments. `plans`: those of the root, by name. `later`: the
 * document of the file for whoever asks for a place after it was read.
 */
export function readService(config: {
  root: Reader;
  service: Reader;
  plans: ReadonlyMap<string, Plan>;
  later: YamlDocument;
}): readonly Named[] {
  const { root, service, plans, later: document } = config;
  const rootValue = root.document.value;
  const value = service.document.value;
  if (!isObject(value)) return [];
  const name = stringAt(value, 'delivery') ?? '';
  const environments = new Map(Object.entries(objectAt(rootValue, 'environments')));
  const goesTo = objectAt(value, 'in');
  for (const env of Object.keys(goesTo)) {
    if (environments.has(env)) continue;
    complainUnknown(service, { path: ['in', env], name: env, known: environments, of: 'environments', key: true });
  }
  if (isObject(at(value, 'in')) && Object.keys(goesTo).length === 0) {
    const hint = `name its environments; there: ${oneOf([...environments.keys()], 'and')}`;
    complain(service, { path: ['in'], says: 'has no environment', hint });
  }
  const fullName = (env: string) => (environments.size === 1 ? name : `${name}@${env}`);
  const named: Named[] = [];
  for (const [env, entry] of environments) {
    if (!Object.hasOwn(goesTo, env)) continue;
    const planName = stringAt(entry, 'plan') ?? '';
    const plan = plans.get(planName);
    // An environment without a known plan was reported already.
    if (plan === undefined) continue;
    const pathOf = (key: string): Path => (Object.hasOwn(objectAt(goesTo, env), key) ? ['in', env, key] : [key]);
    const said = {
      target: pathOf('target'),
      workload: pathOf('workload'),
      source: pathOf('source'),
      traffic: pathOf('traffic'),
    };
    const parts = readParts(service, { said, plan, root, env, name });
    if (plan.routing !== null && at(value, ...said.traffic) === undefined) {
      const says = `plan ${planName} of ${env} routes traffic, but ${name} has no traffic key`;
      const hint = 'add traffic: with the Service and an ingress or gateway to this file';
      complain(service, { path: [], says, hint });
    }
    const namespace = stringAt(value, ...pathOf('namespace')) ?? stringAt(entry, 'namespace');
    if (namespace === null && at(value, ...pathOf('namespace')) === undefined && at(entry, 'namespace') === undefined) {
      const hint = 'add namespace: here, at the top of this file, or to the environment';
      complain(service, { path: ['in', env], of: 'key', says: 'has no namespace', hint });
    }
    const promotes = at(entry, 'promotion') !== undefined;
    const after = readAfter(service, { env, after: stringAt(entry, 'after'), goesTo, fullName, name });
    const ungated = { document: root.document, path: ['environments', env, 'ungated'] };
    const beside = readUngated(root, ungated.path, { of: 'environment', env, name, workload: parts.workload });
    const delivery = {
      name: fullName(env),
      environment: env,
      namespace: namespace ?? '',
      cluster: clusterOf(at(entry, 'cluster')),
      ...parts,
      ...beside,
      startWhen: [...after, ...(promotes ? [startByMerge()] : []), ...plan.startWhen],
    };
    const placed = rememberPlaces(delivery, placesIn({ said, plan, ungated, service: document, root: root.document }));
    named.push({ delivery: placed, document, path: [], ungated });
  }
  return named;
}

/** Where the keys of a delivery stand: its own in its file, those of its plan in the root. */
function placesIn(from: {
  said: Readonly<Record<string, Path>>;
  plan: Plan;
  ungated: Placed;
  service: YamlDocument;
  root: YamlDocument;
}): FindPlace {
  return ([first, ...rest]) => {
    const key = String(first);
    const here = Object.hasOwn(from.said, key) ? from.said[key] : undefined;
    if (here !== undefined) return from.service.place([...here, ...rest]);
    if (key === 'ungated') return from.ungated.document.place([...from.ungated.path, ...rest]);
    const inPlan = from.plan.pathOf(key);
    return inPlan === null ? null : from.root.place([...inPlan, ...rest]);
  };
}

function readAfter(
  reader: Reader,
  where: {
    env: string;
    after: string | null;
    goesTo: { readonly [env: string]: Json };
    fullName: (env: string) => string;
    name: string;
  },
): readonly Condition[] {
  const { env, after } = where;
  if (after === null) return [];
  if (!Object.hasOwn(where.goesTo, after)) {
    const says = `comes after ${after}, but ${where.name} is not released to ${after}`;
    complain(reader, { path: ['in', env], of: 'key', says, hint: `add ${after}: {} to in` });
    return [];
  }
  return [afterDelivery(where.fullName(after))];
}

function readParts(reader: Reader, from: { said: Said; plan: Plan; root: Reader; env: string | null; name: string }) {
  const { said, plan } = from;
  const root = reader.document.value;
  const kind = stringAt(root, ...said.workload, 'kind') ?? '';
  const refused = plan.stylePath === null ? null : targets.usual.refusesStyle(kind, plan.style);
  if (refused !== null) complain(reader, { path: [...said.workload, 'kind'], ...refused });
  const traffic = trafficInConfig.read(reader, said.traffic);
  if (plan.routing !== null && traffic !== null && trafficInConfig.splitsNothing(traffic)) {
    const says = "splits requests by a strategy of its own, and the plan's steps have traffic or matches";
    const hint = 'add the Service with an ingress, a gateway or custom, or remove traffic and matches from the steps';
    complain(reader, { path: said.traffic, of: 'key', says, hint });
  }
  const about = { style: plan.style, kind, splits: traffic !== null && trafficInConfig.canSplit(traffic) };
  // In another style than the plan says it was refused where it stands.
  const inPlan = settingsInConfig.refusals(plan.settings, { ...about, kind: null, splits: false });
  for (const { key, says, hint } of settingsInConfig.refusals(plan.settings, about)) {
    if (kind === '' || inPlan.some((one) => one.key === key)) continue;
    complain(reader, {
      path: said.workload,
      of: 'key',
      says: `is released by a plan with ${key}, which ${says}`,
      hint,
    });
  }
  const named = targets.all.find((one) => one.name === stringAt(root, ...said.target)) ?? targets.usual;
  const parts = {
    ...(named === targets.usual ? {} : { target: named.name }),
    workload: { kind, name: stringAt(root, ...said.workload, 'name') ?? '' },
    source: readSource(reader, said.source, from),
    style: plan.style,
    steps: plan.steps,
    traffic,
    settings: plan.settings,
    doneWhen: plan.doneWhen,
    rollback: plan.rollback,
  } as const;
  refuseParts(reader, named.refuses(parts), { ...from, target: named.name });
  return parts;
}

/** Complains about what the target of a delivery can't do, where it stands: in the delivery, or in its plan in the root. */
function refuseParts(
  reader: Reader,
  refused: readonly RefusedPart[],
  { said, plan, root, target }: { said: Said; plan: Plan; root: Reader; target: TargetName },
): void {
  const own = new Map<string, Path>(Object.entries(said));
  for (const { key, says, hint } of refused) {
    const [first, ...rest] = key;
    const here = own.get(first);
    const inPlan = plan.pathOf(first);
    const about = { code: 'NOT_SUPPORTED', says: `${says} (target ${target})`, hint } as const;
    if (here !== undefined) complain(reader, { ...about, path: [...here, ...rest] });
    else complain(root, { ...about, path: inPlan === null ? [] : [...inPlan, ...rest] });
  }
}

function clusterOf(found: Json | undefined): Delivery['cluster'] {
  return {
    context: stringAt(found, 'context'),
    exec: listAt(found, 'exec').filter((name) => typeof name === 'string'),
  };
}
