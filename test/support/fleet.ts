import type { Files } from './repository.ts';

/** 40 services in three environments under one config, all over one shared base. */
export const fleetServices = Array.from({ length: 40 }, (_, index) => `svc-${String(index + 1).padStart(2, '0')}`);
export const fleetEnvironments = ['dev', 'staging', 'prod'] as const;

const root = `version: 1
include: [services/*/stepgate.yaml]
environments:
  dev: { plan: quick }
  staging: { plan: quick, after: dev }
  prod: { plan: quick, after: staging }
plans:
  quick:
    strategy: partition
    steps: [{ replicas: 20% }, { replicas: 100% }]
`;

/** `kustomize` builds overlays over base/; `files` reads the base's manifests beside each service's own. */
export function fleet(source: 'files' | 'kustomize', namespaceOf: (env: string) => string = (env) => env): Files {
  const sourceOf = {
    files: '{ files: ["base/*.yaml", "services/{name}/{env}/*.yaml"] }',
    kustomize: '{ kustomize: "services/{name}/{env}" }',
  };
  const files: Record<string, string> = {
    'stepgate.yaml': root,
    ...(source === 'files'
      ? { 'base/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base }\ndata: { level: info }\n' }
      : { 'base/kustomization.yaml': 'resources: [app.yaml]\n', 'base/app.yaml': fleetDeployment('app', 'base:v1') }),
  };
  for (const name of fleetServices) {
    const places = fleetEnvironments.map((env) => `${env}: { namespace: ${namespaceOf(env)} }`).join(', ');
    files[`services/${name}/stepgate.yaml`] = `delivery: ${name}
workload: { kind: Deployment, name: ${name} }
source: ${sourceOf[source]}
in: { ${places} }
`;
    for (const env of fleetEnvironments) Object.assign(files, fleetVersion(source, name, env, 'v1'));
  }
  return files;
}

/** The files of one service in one environment at a version. */
export function fleetVersion(
  source: 'files' | 'kustomize',
  name: string,
  env: string,
  version: string,
): Record<string, string> {
  const folder = `services/${name}/${env}`;
  if (source === 'files') return { [`${folder}/app.yaml`]: fleetDeployment(name, `${name}:${version}`) };
  return {
    [`${folder}/kustomization.yaml`]: `resources:
  - ../../../base
labels:
  - { pairs: { app: ${name} }, includeSelectors: true }
images:
  - { name: base, newName: ${name}, newTag: ${version} }
patches:
  - target: { kind: Deployment }
    patch: |-
      - { op: replace, path: /metadata/name, value: ${name} }
`,
  };
}

function fleetDeployment(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 5
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: main
          image: "${image}"
          readinessProbe: { httpGet: { path: /, port: 80 } }
`;
}
