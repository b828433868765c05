import { at, isMap, type Json, type JsonMap, listAt, mapAt, same, withAt } from './json.ts';
import type { KindInfo } from './kinds.ts';

/** Feature gates of OpenKruise's manager. */
export interface KruiseGates {
  /** Its webhook leaves the templates of CloneSets and StatefulSets without the pod's defaults. Off by default. */
  readonly templateNoDefaults: boolean;
}

/** Adds the defaults of the real API server, and for Kruise kinds those of its webhook, as recorded in T01, T27, K01, K11. */
export function defaulted(info: KindInfo, object: JsonMap, gates: KruiseGates): JsonMap {
  const make = defaults[info.id];
  return make === undefined ? object : make(object, gates);
}

type Make = (object: JsonMap) => JsonMap;

const percent = '25%';

const defaults: Readonly<Record<string, (object: JsonMap, gates: KruiseGates) => JsonMap>> = {
  Namespace: (object) => ({ ...object, status: { phase: 'Active', ...mapAt(object, 'status') } }),
  Deployment: (object) =>
    spec(object, (it) => ({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...withoutZeros(it, { paused: false, minReadySeconds: 0 }),
      strategy: deploymentStrategy(it['strategy']),
      template: podTemplate(it['template']),
    })),
  ReplicaSet: (object) => spec(object, (it) => ({ replicas: 1, ...it, template: podTemplate(it['template']) })),
  StatefulSet: (object) =>
    spec(object, (it) => ({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      ...it,
      updateStrategy: partitioned(mapOf(it['updateStrategy'])),
      template: podTemplate(it['template']),
    })),
  DaemonSet: (object) =>
    spec(object, (it) => ({
      revisionHistoryLimit: 10,
      ...it,
      updateStrategy: rolling(it['updateStrategy'], { maxSurge: 0, maxUnavailable: 1 }),
      template: podTemplate(it['template']),
    })),
  CloneSet: (object, gates) => spec(object, (it) => cloneSetSpec(it, gates)),
  AdvancedStatefulSet: (object, gates) =>
    spec(object, (it) => ({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      ...it,
      updateStrategy: rolling(it['updateStrategy'], {
        partition: 0,
        maxUnavailable: 1,
        podUpdatePolicy: 'ReCreate',
        minReadySeconds: 0,
      }),
      template: kruiseTemplate(it['template'], gates),
    })),
  AdvancedDaemonSet: (object) =>
    spec(object, (it) => ({
      burstReplicas: 250,
      revisionHistoryLimit: 10,
      ...it,
      updateStrategy: rolling(it['updateStrategy'], {
        rollingUpdateType: 'Standard',
        ...(isMoved(it['updateStrategy']) ? {} : { maxUnavailable: 1, maxSurge: 0 }),
      }),
      template: mapOf(it['template']),
    })),
  Service: (object) =>
    spec(object, (it) => ({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ...(it['clusterIP'] === undefined ? { clusterIP: '10.0.0.10', clusterIPs: ['10.0.0.10'] } : {}),
      ...it,
      ports: items(it['ports'], (port) => ({
        protocol: 'TCP',
        ...(port['targetPort'] === undefined && port['port'] !== undefined ? { targetPort: port['port'] } : {}),
        ...port,
      })),
    })),
  HTTPRoute: (object) =>
    spec(object, (it) => ({
      ...it,
      rules: items(it['rules'], (rule) => ({
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        ...rule,
        ...(rule['backendRefs'] === undefined
          ? {}
          : { backendRefs: items(rule['backendRefs'], (ref) => ({ group: '', kind: 'Service', weight: 1, ...ref })) }),
      })),
    })),
  Rollout: (object) => spec(object, rolloutSpec),
  TrafficRouting: (object) =>
    spec(object, (it) => ({
      ...it,
      objectRef: items(it['objectRef'], (ref) => ({ gracePeriodSeconds: 3, ...ref })),
    })),
};

function spec(object: JsonMap, make: Make): JsonMap {
  return { ...object, spec: make(mapAt(object, 'spec')) };
}

/** Native kinds are written without the fields that are left out when they are zero (omitempty). */
function withoutZeros(value: JsonMap, zeros: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(value).filter(([key, member]) => zeros[key] !== member));
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function items(value: Json | undefined, make: Make): Json {
  return Array.isArray(value) ? (value as readonly Json[]).map((item) => (isMap(item) ? make(item) : item)) : [];
}

/** Whether a DaemonSet says how its pods move: then neither amount has a default. */
function isMoved(updateStrategy: Json | undefined): boolean {
  const { maxUnavailable, maxSurge } = mapAt(mapOf(updateStrategy), 'rollingUpdate');
  return maxUnavailable !== undefined || maxSurge !== undefined;
}

/**
 * When Kruise's webhook adds a default to a CloneSet, it writes the object without zero values: `paused: false` stays in a
 * write with all values (T06, step 1), and is removed by a write that unsets the partition (T06, end), or that brings a
 * template without the pod's defaults (K04).
 */
function cloneSetSpec(it: JsonMap, gates: KruiseGates): JsonMap {
  const template = kruiseTemplate(it['template'], gates);
  const given = { replicas: it['replicas'], revisionHistoryLimit: it['revisionHistoryLimit'], ...strategyFields(it) };
  const adds = Object.values(given).includes(undefined) || !same(template, it['template'] ?? null);
  const written = adds ? withoutZeros : (value: JsonMap) => value;
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    scaleStrategy: {},
    ...written(it, { minReadySeconds: 0 }),
    updateStrategy: {
      type: 'ReCreate',
      partition: 0,
      maxUnavailable: '20%',
      maxSurge: 0,
      ...written(mapOf(it['updateStrategy']), { paused: false }),
    },
    template,
  };
}

/** The fields of an update strategy for which the webhook adds defaults. */
function strategyFields(it: JsonMap): Readonly<Record<string, Json | undefined>> {
  const { type, partition, maxUnavailable, maxSurge } = mapOf(it['updateStrategy']);
  return { type, partition, maxUnavailable, maxSurge };
}

function deploymentStrategy(value: Json | undefined): JsonMap {
  const given = mapOf(value);
  const type = given['type'] ?? 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...given, type };
  return {
    ...given,
    type,
    rollingUpdate: { maxUnavailable: percent, maxSurge: percent, ...mapOf(given['rollingUpdate']) },
  };
}

function rolling(value: Json | undefined, rollingUpdate: JsonMap): JsonMap {
  const given = mapOf(value);
  const type = given['type'] ?? 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...given, type };
  return { ...given, type, rollingUpdate: { ...rollingUpdate, ...mapOf(given['rollingUpdate']) } };
}

/** An update strategy with a type and without a partition gets no partition. */
function partitioned(given: JsonMap): JsonMap {
  return given['type'] === undefined || 'rollingUpdate' in given ? rolling(given, { partition: 0 }) : given;
}

/** The pod's defaults as Kruise's webhook writes them, which pulls every image, for updates in place. */
function kruiseTemplate(value: Json | undefined, { templateNoDefaults }: KruiseGates): JsonMap {
  return templateNoDefaults ? mapOf(value) : podTemplate(value, { imagePullPolicy: 'Always' });
}

/** A template with the pod's defaults; `own` are a container's that come first. */
function podTemplate(value: Json | undefined, own: JsonMap = {}): JsonMap {
  const template = mapOf(value);
  const pod = mapAt(template, 'spec');
  const containers = (list: Json | undefined) => items(list, container);
  return {
    ...template,
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      ...pod,
      ...(pod['serviceAccountName'] === undefined || pod['serviceAccount'] !== undefined
        ? {}
        : { serviceAccount: pod['serviceAccountName'] }),
      containers: items(pod['containers'], (it) => container({ ...own, ...it })),
      ...(pod['initContainers'] === undefined ? {} : { initContainers: containers(pod['initContainers']) }),
      ...(pod['volumes'] === undefined ? {} : { volumes: items(pod['volumes'], volume) }),
    },
  };
}

function container(it: JsonMap): JsonMap {
  const image = typeof it['image'] === 'string' ? it['image'] : '';
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((key) =>
    isMap(it[key])
      ? [
          [
            key,
            { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3, ...httpGet(it[key]) },
          ] as const,
        ]
      : [],
  );
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: /:(?!latest$)[^/]+$/.test(image) || image.includes('@') ? 'IfNotPresent' : 'Always',
    ...it,
    ...Object.fromEntries(probes),
    ...(it['ports'] === undefined ? {} : { ports: items(it['ports'], (port) => ({ protocol: 'TCP', ...port })) }),
    ...(it['env'] === undefined ? {} : { env: items(it['env'], env) }),
  };
}

function httpGet(probe: JsonMap): JsonMap {
  return isMap(probe['httpGet']) ? { ...probe, httpGet: { path: '/', scheme: 'HTTP', ...probe['httpGet'] } } : probe;
}

function env(it: JsonMap): JsonMap {
  return at(it, 'valueFrom', 'fieldRef') === undefined
    ? it
    : withAt(it, ['valueFrom', 'fieldRef'], { apiVersion: 'v1', ...mapAt(it, 'valueFrom', 'fieldRef') });
}

function volume(it: JsonMap): JsonMap {
  for (const [key, extra] of [
    ['configMap', { defaultMode: 420 }],
    ['secret', { defaultMode: 420 }],
    ['hostPath', { type: '' }],
  ] as const) {
    if (isMap(it[key])) return { ...it, [key]: { ...extra, ...it[key] } };
  }
  return it;
}

function rolloutSpec(it: JsonMap): JsonMap {
  const strategy = mapAt(it, 'strategy');
  const block = (value: JsonMap): JsonMap => ({
    ...value,
    ...(value['steps'] === undefined ? {} : { steps: items(value['steps'], step) }),
    ...(value['trafficRoutings'] === undefined
      ? {}
      : { trafficRoutings: items(value['trafficRoutings'], (ref) => ({ gracePeriodSeconds: 3, ...ref })) }),
  });
  const blocks = ['canary', 'blueGreen'].flatMap((key) =>
    isMap(strategy[key]) ? [[key, block(strategy[key])] as const] : [],
  );
  return { disabled: false, ...it, strategy: { ...strategy, ...Object.fromEntries(blocks) } };
}

function step(it: JsonMap): JsonMap {
  if (it['matches'] === undefined) return it;
  const exact = (value: Json | undefined) => items(value, (one) => ({ type: 'Exact', ...one }));
  const matches = items(it['matches'], (match) => ({
    ...match,
    ...(isMap(match['path']) ? { path: { type: 'PathPrefix', value: '/', ...match['path'] } } : {}),
    ...(listAt(match, 'headers').length === 0 ? {} : { headers: exact(match['headers']) }),
    ...(listAt(match, 'queryParams').length === 0 ? {} : { queryParams: exact(match['queryParams']) }),
  }));
  return { ...it, matches };
}
