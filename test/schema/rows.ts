/**
 * Manifests, and what is said about them. test/control-plane/manifests.test.ts asks the real API server whether it refuses
 * exactly those that something is said about.
 */
export interface Row {
  readonly name: string;
  readonly text: string;
  /** What stands at the place of the problem, and a part of what is said; null for what the API server takes. */
  readonly says: readonly [at: string, text: string] | null;
}

/** A Deployment of 16 lines. An edit replaces a part of it. */
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 4
  strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 1 } }
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: main
          image: shop:v1
          env: [{ name: MODE, value: fast }]
          ports: [{ name: http, containerPort: 80 }]
          resources: { requests: { cpu: 100m }, limits: { cpu: 1 } }
`;

const service = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports: [{ port: 80 }]
`;

const main = 'spec.template.spec.containers[main]';

function edited(text: string) {
  return (from: string, to: string, says: Row['says'], name = `${from} becomes ${to}`): Row => {
    if (!text.includes(from)) throw new Error(`there is no ${from}`);
    return { name, text: text.replace(from, to), says };
  };
}

const shop = edited(deployment);
const its = edited(service);

/** An object alone. */
function alone(name: string, text: string, says: Row['says'] = null): Row {
  return { name, text: `${text}\n`, says };
}

const head = (apiVersion: string, kind: string) => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: shop }`;

export const rows: readonly Row[] = [
  shop('shop:v1', 'shop:v2', null),
  its('port: 80', 'port: 8080', null),

  // Types.
  shop('value: fast', 'value: yes', ['yes', `${main}.env[MODE].value is a boolean`]),
  shop('value: fast', 'value: 8080', ['8080', `${main}.env[MODE].value is a number`]),
  shop('value: fast', 'value: "8080"', null),
  shop('value: fast', 'value:', null),
  shop('replicas: 4', 'replicas: "4"', ['"4"', 'spec.replicas is "4"']),
  shop('replicas: 4', 'replicas: four', ['four', 'spec.replicas is "four"']),
  shop('replicas: 4', 'replicas: 1.5', ['1.5', 'spec.replicas is the number 1.5']),
  shop('replicas: 4', 'replicas:', null),
  shop('image: shop:v1', 'image: 1', ['1\n', `${main}.image is a number`]),
  shop('image: shop:v1', 'image: shop:v1\n          args: [--port, 80]', ['80]', `${main}.args[1] is a number`]),
  shop('image: shop:v1', 'image: shop:v1\n          tty: "true"', ['"true"', `${main}.tty is "true"`]),
  shop('env: [{ name: MODE, value: fast }]', 'env: { MODE: fast }', ['{ MODE', `${main}.env is a map`]),
  shop('{ app: shop } }\n    spec', '[app] }\n    spec', ['[app]', 'spec.template.metadata.labels is a list']),

  // What may be written in several ways.
  shop('maxSurge: 25%', 'maxSurge: 120%', null),
  shop('maxSurge: 25%', 'maxSurge: 2', null),
  shop('maxSurge: 25%', 'maxSurge: 25', null),
  shop('cpu: 1 }', 'cpu: 0.5 }', null),
  shop('cpu: 1 }', 'cpu: "1.5", memory: 128Mi, example.com/gpu: 1 }', null),
  shop('cpu: 1 }', 'cpu: 1e3 }', null),
  shop('name: shop }', 'name: shop, creationTimestamp: null }', null),
  shop('name: shop }', 'name: shop, annotations: { example.com/any.thing_else: "{}" } }', null),
  shop('value: fast', 'valueFrom: { fieldRef: { fieldPath: metadata.name } }', null),
  shop('containerPort: 80', 'containerPort: 80, protocol: TCP }, { containerPort: 80, protocol: UDP', null),
  its('port: 80', 'port: 80, targetPort: http', null),

  // Names of fields.
  shop('replicas', 'replica', ['replica:', 'spec.replica is no known field (did you mean replicas?)']),
  shop('image:', 'imagee:', ['imagee', `${main}.imagee is no known field (did you mean image?)`]),
  shop('template:', 'templat:', ['templat:', 'spec.templat is no known field (did you mean template?)']),
  shop('ports:', 'containerPorts:', ['containerPorts:', `${main}.containerPorts is no known field`]),
  shop('{ cpu: 1 }', '{ cpuu: 1 }', ['cpuu', `${main}.resources.limits.cpuu is no known resource (did you mean cpu?`]),
  its('selector', 'Selector', ['Selector', 'spec.Selector is no known field (did you mean selector?)']),
  alone('a kind that is not there', head('apps/v1', 'Deploymnet'), [
    'Deploymnet',
    'kind is "Deploymnet", which apps/v1',
  ]),
  alone('a kind of another group', head('v1', 'Deployment'), ['v1', 'apiVersion is "v1", and Deployment is not there']),

  // What has to be there.
  shop('  selector: { matchLabels: { app: shop } }\n', '', ['replicas', 'spec has no selector']),
  shop('image: shop:v1', 'tty: true', ['name: main', `${main} has no image`]),
  shop('name: main', 'tty: true', ['tty', 'spec.template.spec.containers[0] has no name']),
  shop('containerPort: 80', 'hostPort: 80', ['{ name: http', `${main}.ports[http] has no containerPort`]),
  shop('selector: { matchLabels: { app: shop } }', 'selector: {}', ['{}', 'spec.selector is empty']),
  alone('a Deployment without a spec', head('apps/v1', 'Deployment'), ['apiVersion', 'the object has no spec']),
  its('port: 80', 'port: 80, nodePort: 30000', ['30000', 'nodePort is only for a Service with ports on nodes']),
  its('ports: [{ port: 80 }]', 'type: NodePort\n  ports: [{ port: 80, nodePort: 30000 }]', null),
  its('ports: [{ port: 80 }]', 'type: ClusterIP', ['spec:', 'spec.ports is empty']),

  // Selectors.
  shop('labels: { app: shop }', 'labels: { app: other }', [
    'shop } }',
    'spec.selector.matchLabels.app is "shop", and the',
  ]),
  shop('metadata: { labels: { app: shop } }', 'metadata: {}', [
    'shop } }',
    'spec.selector.matchLabels.app is "shop", and the',
  ]),
  shop('matchLabels: { app: shop }', 'matchExpressions: [{ key: app, operator: In, values: [shop, web] }]', null),
  shop('matchLabels: { app: shop }', 'matchExpressions: [{ key: app, operator: NotIn, values: [shop] }]', [
    '{ key: app',
    'spec.selector.matchExpressions[0] does not select',
  ]),

  // Duplicates.
  shop('{ name: MODE, value: fast }', '{ name: A, value: a }, { name: A, value: b }', [
    'A, value: b',
    'repeats name "A" of',
  ]),
  shop('ports:', 'volumeMounts: [{ name: a, mountPath: /a }, { name: b, mountPath: /a }]\n          ports:', [
    '/a }]',
    'repeats mountPath "/a" of entry 1',
  ]),
  shop('image: shop:v1', 'image: shop:v1\n          tty: true', null),
  shop('containerPort: 80 }', 'containerPort: 80 }, { name: http, containerPort: 81 }', [
    'http, containerPort: 81',
    '"http", as another',
  ]),
  its('{ port: 80 }', '{ name: a, port: 80 }, { name: a, port: 81 }', ['a, port: 81', '"a", as another port is']),
  its('{ port: 80 }', '{ port: 80 }, { port: 81 }', ['{ port: 80', 'spec.ports[0] has no name']),

  // Ranges.
  shop('replicas: 4', 'replicas: -1', ['-1', 'spec.replicas is the number -1']),
  shop('containerPort: 80', 'containerPort: 0', ['0 }', 'is the number 0 (write a number from 1 to 65535)']),
  shop('containerPort: 80', 'containerPort: 65536', ['65536', 'is the number 65536']),
  shop('maxUnavailable: 1', 'maxUnavailable: 120%', ['120%', 'is "120%"']),
  shop('maxSurge: 25%, maxUnavailable: 1', 'maxSurge: 0, maxUnavailable: 0', ['0 } }', 'is 0, and maxSurge is 0 too']),
  shop('maxSurge: 25%', 'maxSurge: a quarter', ['a quarter', 'is "a quarter"']),
  shop('replicas: 4', 'progressDeadlineSeconds: 5\n  minReadySeconds: 10', ['5\n', 'leaves no time']),
  shop('cpu: 100m', 'cpu: 2', ['2 }', 'is 2, more than the limit 1']),
  shop('cpu: 100m', 'cpu: 100 m', ['100 m', 'is "100 m" (write a quantity']),
  shop('ports:', 'livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 }\n          ports:', [
    '2 }',
    'is 2 (write 1',
  ]),
  its('port: 80', 'port: 80, targetPort: 99999', ['99999', 'is the number 99999']),

  // Names and labels.
  shop('name: main', 'name: Main', ['Main', 'is "Main" (use small letters']),
  shop('name: http', 'name: the-name-of-a-port', ['the-name', 'at most 15']),
  shop('labels: { app: shop }', 'labels: { app: shop, x: a/b }', ['a/b', 'spec.template.metadata.labels.x is "a/b"']),
  shop('labels: { app: shop }', 'labels: { app: shop, a b: c }', ['a b', 'is not a name that Kubernetes takes']),
  shop('{ name: shop }', '{ name: Shop }', ['Shop', 'metadata.name is "Shop"']),
  shop('strategy: { rollingUpdate:', 'strategy: { type: rolling, rollingUpdate:', ['rolling', 'is "rolling"']),
  shop('image: shop:v1', 'image: shop:v1\n          imagePullPolicy: IfNotPresnt', [
    'IfNotPresnt',
    'did you mean IfNotPresent?',
  ]),

  // What mounts, probes and environments ask for.
  shop('ports:', 'volumeMounts: [{ name: conf, mountPath: /c }]\n          ports:', [
    'conf',
    'is "conf", which is no volume',
  ]),
  shop('ports:', 'readinessProbe: { periodSeconds: 5 }\n          ports:', [
    '{ periodSeconds',
    'has none of exec, grpc, httpGet and',
  ]),
  shop('value: fast', 'value: fast, valueFrom: { fieldRef: { fieldPath: metadata.name } }', [
    '{ fieldRef',
    'stands beside a value',
  ]),

  // Other kinds.
  alone('a ConfigMap with a number', `${head('v1', 'ConfigMap')}\ndata: { port: 80 }`, ['80', 'data.port is a number']),
  alone('a ConfigMap', `${head('v1', 'ConfigMap')}\ndata: { "a.b": c }\nbinaryData: { d: AAAA }`),
  alone('a Secret that is no base64', `${head('v1', 'Secret')}\ndata: { a: p@ss }`, ['p@ss', 'data.a is no base64']),
  alone('a Secret', `${head('v1', 'Secret')}\ndata: { a: cEBzcw== }\nstringData: { b: p@ss }`),
  alone(
    'an Ingress without a type of path',
    `${head('networking.k8s.io/v1', 'Ingress')}
spec: { rules: [{ http: { paths: [{ path: /, backend: { service: { name: shop, port: { number: 80 } } } }] } }] }`,
    ['{ path: /', 'has no pathType'],
  ),
  alone(
    'an autoscaler upside down',
    `${head('autoscaling/v2', 'HorizontalPodAutoscaler')}
spec: { minReplicas: 5, maxReplicas: 2, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: shop } }`,
    ['2,', 'is 2, less than minReplicas 5'],
  ),
  alone(
    'a budget with both numbers',
    `${head('policy/v1', 'PodDisruptionBudget')}
spec: { minAvailable: 1, maxUnavailable: 1, selector: { matchLabels: { app: shop } } }`,
    ['1, selector', 'stands beside minAvailable'],
  ),
  alone(
    'a Job that restarts for ever',
    `${head('batch/v1', 'Job')}\nspec: { template: { spec: { containers: [{ name: a, image: b }] } } }`,
    ['{ containers', 'has no restartPolicy'],
  ),
  alone(
    'a claim',
    `${head('v1', 'PersistentVolumeClaim')}
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }`,
  ),
  alone(
    'roles',
    `${head('rbac.authorization.k8s.io/v1', 'Role')}
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]`,
  ),
  alone(
    'a network policy',
    `${head('networking.k8s.io/v1', 'NetworkPolicy')}
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{ ports: [{ port: http }] }] }`,
  ),
];
