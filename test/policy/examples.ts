/** Configs that are right, for the parser's tests and the JSON Schema's. */
export const oneBlock = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 1, leaveWhen: [approval] }
      - { name: half, replicas: 50%, leaveWhen: [{ soak: 10m }] }
      - { name: all, replicas: 100% }
`;

export const full = `version: 1
deliveries:
  - delivery: cache
    namespace: cache
    cluster: { context: edge, exec: [gke-gcloud-auth-plugin] }
    workload: { kind: Deployment, name: cache }
    source: { kustomize: ./cache/ }
    plan: careful
    traffic: { service: cache, grace: 5s, gateway: { route: cache } }
    rollback: { on: [stuck] }
    steps:
      - replicas: 50%
        traffic: 50%
        matches: [{ path: { value: /beta }, headers: [{ name: user, type: RegularExpression, value: "t.*" }] }]
        leaveWhen: [{ soak: 1h }]
        timer: engine
      - replicas: 5
include: [services/*/stepgate.yaml]
environments:
  staging: { cluster: { context: stg }, plan: quick, namespace: stage }
  prod: { cluster: { context: prod, exec: [aws] }, plan: careful, after: staging }
plans:
  quick:
    strategy: partition
    steps: [{ replicas: 1, leaveWhen: [] }, { replicas: 100% }]
  careful:
    strategy: canary
    startWhen: [{ schedule: office }]
    steps:
      - { name: smoke, replicas: 1, traffic: 5%, leaveWhen: [{ approval: sre }] }
      - { name: half, replicas: 50%, traffic: 50%, leaveWhen: [{ soak: 30m }, approval] }
      - { name: full, replicas: 100%, traffic: 100% }
    doneWhen: [{ soak: 5m }]
    rollback: { on: [stuck, unready], stuckAfter: 20m, git: commit }
approvals: { sre: { by: [command], from: [ann, bob], count: 2 } }
schedules: { office: { zone: Europe/Berlin, allow: ["Mon-Fri 09:00-16:30"], except: [2026-12-24/2027-01-02, 2026-05-01] } }
metrics: { errors: { prometheus: https://prom.example, query: 'rate of {name}', max: 0.01, for: 5m } }
commits: { branches: [release/*], tags: ['v*'] }
fetch: [raw.githubusercontent.com, github.com]
people: { "ada@corp.example": ann, "system:serviceaccount:ci:bob": '@bob' }
`;

export const blueGreen = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/shop.yaml] }
    traffic: { service: shop, ingress: { name: shop } }
    strategy: blueGreen
    steps: [{ replicas: 100%, traffic: 0% }, { replicas: 100%, traffic: 100% }]
`;

export const mesh = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/shop.yaml] }
    traffic:
      service: shop
      canaryService: false
      custom:
        - { apiVersion: networking.istio.io/v1, kind: VirtualService, name: shop }
        - { apiVersion: networking.istio.io/v1, kind: DestinationRule, name: shop }
      routing: cart
    strategy: canary
    steps:
      - replicas: 1
        matches: [{ headers: [{ name: x-lane, value: new }] }]
        requestHeaders: { set: { x-lane: new }, add: { x-via: canary }, remove: [x-debug] }
      - { replicas: 100% }
`;

export const settings = `version: 1
deliveries:
  - delivery: shop
    namespace: shop
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/shop.yaml] }
    strategy: canary
    steps: [{ replicas: 20% }, { replicas: 100% }]
    mayBeUnready: 10%
    canaryPods: { labels: { example.com/lane: canary, empty: "" }, annotations: { note: a word } }
  - delivery: store
    namespace: shop
    workload: { kind: StatefulSet, name: store }
    source: { files: [deploy/store.yaml] }
    strategy: partition
    steps: [{ replicas: 1 }, { replicas: 100% }]
    mayBeUnready: 1
    rollbackInSteps: true
`;

export const service = `delivery: shop
workload: { kind: Deployment, name: shop }
source: { kustomize: "overlays/{env}/{name}" }
traffic: { service: shop, ingress: { name: shop, class: nginx } }
in: { staging: , prod: { namespace: shop, source: { files: [prod.yaml] } } }
`;

export const roots = { oneBlock, full, blueGreen, mesh, settings };
