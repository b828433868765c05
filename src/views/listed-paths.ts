import { fields, type Listed, list, map, text } from './listed.ts';
import {
  apiVersion,
  container,
  count,
  env,
  flag,
  host,
  image,
  name,
  podSpec,
  port,
  probe,
  probes,
  quantities,
  quantity,
  reference,
  resources,
  route,
  word,
} from './listed-pods.ts';

const labels = fields({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/instance': name,
  'app.kubernetes.io/version': name,
  'app.kubernetes.io/component': name,
  'app.kubernetes.io/part-of': name,
  'app.kubernetes.io/managed-by': name,
  'rollouts.kruise.io/rollout-id': name,
  'rollouts.kruise.io/stable-revision': name,
  'rollouts.kruise.io/workload-type': word,
  'stepgate.dev/release': name,
});
const metadata = fields({
  name,
  namespace: name,
  labels,
  annotations: fields({
    'deployment.kubernetes.io/revision': text(/^\d{1,15}$/u),
    'rollouts.kruise.io/rolling-style': word,
    'rollouts.kruise.io/rollback-in-batch': flag,
    'stepgate.dev/delivery': text(/^[A-Za-z0-9][\w.@-]{0,250}$/u),
    'app.oam.dev/publishVersion': name,
  }),
});

/** How a workload replaces its pods, of every kind. */
const replacing = {
  type: word,
  maxSurge: count,
  maxUnavailable: count,
  partition: count,
  paused: flag,
  inPlaceUpdateStrategy: fields({ gracePeriodSeconds: count }),
  rollingUpdate: fields({
    maxSurge: count,
    maxUnavailable: count,
    partition: count,
    paused: flag,
    minReadySeconds: count,
    podUpdatePolicy: word,
    rollingUpdateType: word,
  }),
};
const updateStrategy = fields(replacing);

const match = fields({
  path: fields({ type: word, value: route }),
  headers: list(fields({ type: word, name })),
  queryParams: list(fields({ type: word, name })),
  method: word,
});
/** The steps of a release, in the words of each version of the API. */
const releaseSteps = fields({
  steps: list(
    fields({
      replicas: count,
      traffic: count,
      weight: count,
      pause: fields({ duration: count }),
      matches: list(match),
    }),
  ),
  trafficRoutings: list(
    fields({
      service: name,
      gracePeriodSeconds: count,
      ingress: fields({ name, classType: name }),
      gateway: fields({ httpRouteName: name }),
      customNetworkRefs: list(reference),
    }),
  ),
  failureThreshold: count,
  enableExtraWorkloadForCanary: flag,
  disableGenerateCanaryService: flag,
});
const strategy = fields({
  ...replacing,
  canary: releaseSteps,
  blueGreen: releaseSteps,
});

const batches = {
  targetSize: count,
  numBatches: count,
  batchPartition: count,
  paused: flag,
  rolloutStrategy: word,
  rolloutBatches: list(fields({ replicas: count, maxUnavailable: count, instanceInterval: count })),
};
const rolloutPlan = fields(batches);

/** What the definitions of KubeVela call the same things. */
const properties = fields({
  image,
  imagePullPolicy: word,
  exposeType: word,
  restart: word,
  port: count,
  ports: list(fields({ name, port: count, expose: flag, protocol: word, nodePort: count })),
  replicas: count,
  count,
  min: count,
  max: count,
  cpuUtil: count,
  cpu: quantity,
  memory: quantity,
  limit: quantities,
  limits: quantities,
  requests: quantities,
  ...probes,
  env,
  domain: host,
  http: map(count),
  class: name,
  targetRevision: name,
  canary: releaseSteps,
  blueGreen: releaseSteps,
  ...batches,
});

const backend = fields({
  service: fields({ name, port: fields({ name: port, number: count }) }),
  serviceName: name,
  servicePort: port,
});

const template = fields({ metadata: fields({ labels }), spec: fields(podSpec) });
const spec = fields({
  ...podSpec,
  replicas: count,
  template,
  strategy,
  updateStrategy,
  paused: flag,
  disabled: flag,
  minReadySeconds: count,
  progressDeadlineSeconds: count,
  revisionHistoryLimit: count,
  podManagementPolicy: word,
  serviceName: name,
  volumeClaimTemplates: list(
    fields({
      metadata: fields({ name }),
      spec: fields({ storageClassName: name, accessModes: list(word), resources }),
    }),
  ),
  // Jobs.
  schedule: text(/^[\d*/, -]{1,60}$/u),
  concurrencyPolicy: word,
  suspend: flag,
  parallelism: count,
  completions: count,
  backoffLimit: count,
  jobTemplate: fields({ spec: fields({ template, parallelism: count, completions: count, backoffLimit: count }) }),
  // Rollouts.
  workloadRef: reference,
  objectRef: fields({ workloadRef: reference, type: word }),
  // Autoscalers and budgets.
  scaleTargetRef: reference,
  minReplicas: count,
  maxReplicas: count,
  minAvailable: count,
  maxUnavailable: count,
  metrics: list(
    fields({
      type: word,
      resource: fields({
        name: word,
        target: fields({ type: word, averageUtilization: count, averageValue: quantity, value: quantity }),
      }),
    }),
  ),
  // Services and routes.
  type: word,
  sessionAffinity: word,
  externalTrafficPolicy: word,
  ports: list(fields({ name, port: count, targetPort: port, nodePort: count, protocol: word })),
  ingressClassName: name,
  hostnames: list(host),
  hosts: list(host),
  parentRefs: list(reference),
  rules: list(
    fields({
      host,
      http: fields({ paths: list(fields({ path: route, pathType: word, backend })) }),
      matches: list(match),
      backendRefs: list(fields({ kind: word, name, namespace: name, port: count, weight: count })),
    }),
  ),
  // Applications of KubeVela, and their releases.
  components: list(
    fields({
      name,
      type: name,
      dependsOn: list(name),
      externalRevision: name,
      properties,
      traits: list(fields({ type: name, properties })),
    }),
  ),
  policies: list(fields({ name, type: name })),
  workflow: fields({ steps: list(fields({ name, type: name })) }),
  rolloutPlan,
  targetAppRevisionName: name,
  sourceAppRevisionName: name,
  targetRevisionName: name,
  sourceRevisionName: name,
  componentName: name,
  componentList: list(name),
});

/** The listed paths of every object, whatever its kind is: the paths of no kind fit another. */
export const listedPaths: Listed = fields({ apiVersion, kind: word, metadata, spec });

/** The listed paths of a Secret, in every diff. */
export const secretPaths: Listed = fields({
  apiVersion,
  kind: word,
  metadata: fields({ name, namespace: name }),
  type: text(/^[a-z][\w./-]{0,100}$/iu),
  immutable: flag,
});

/** The parts of the list by name, for its documentation: a part that stands in several places is told once. */
export const listedParts: { readonly [name: string]: Listed } = {
  'any object': listedPaths,
  'a Secret': secretPaths,
  labels,
  'pod template': template,
  container,
  probe,
  resources,
  'variables of a container': env,
  reference,
  'update strategy': updateStrategy,
  'release steps': releaseSteps,
  match,
  'rollout plan': rolloutPlan,
  'properties of a component': properties,
};
