import { amount, fields, list, map, text } from './listed.ts';

/** The forms of listed values, and what is listed of a pod. */

export const count = amount(/^-?\d{1,15}%?$/u);
export const flag = amount(/^(?:true|false)$/u);
export const quantity = amount(/^\d{1,15}(?:\.\d{1,9})?(?:[munkMGTPE]|[KMGTPE]i)?$/u);
export const word = text(/^[A-Za-z][A-Za-z0-9]{0,62}$/u);
export const name = text(/^[A-Za-z0-9_](?:[\w.-]{0,251}[A-Za-z0-9_])?$/u);
export const apiVersion = text(/^[a-z0-9.-]{1,200}(?:\/[a-z0-9]{1,50})?$/u);
export const route = text(/^\/[\w./-]{0,250}$/u);
export const host = text(/^(?:\*\.)?[a-z0-9.-]{1,250}$/u);
export const image = text(
  /^[\w.-]{1,200}(?::\d{1,5})?(?:\/[\w.-]{1,200}){0,20}(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?$/u,
);
/** A number of pods or a port, which may also be a name. */
export const port = amount(/^(?:\d{1,5}|[a-z0-9-]{1,15})$/u);

export const reference = fields({ apiVersion, kind: word, name, namespace: name, group: host });
export const quantities = map(quantity);
export const resources = fields({ limits: quantities, requests: quantities });
export const probe = fields({
  initialDelaySeconds: count,
  periodSeconds: count,
  timeoutSeconds: count,
  successThreshold: count,
  failureThreshold: count,
  terminationGracePeriodSeconds: count,
  httpGet: fields({ path: route, port, scheme: word }),
  tcpSocket: fields({ port }),
  grpc: fields({ port, service: name }),
});
export const probes = { livenessProbe: probe, readinessProbe: probe, startupProbe: probe };
const keyOf = fields({ name, key: name, optional: flag });
export const env = list(
  fields({
    name,
    valueFrom: fields({ configMapKeyRef: keyOf, secretKeyRef: keyOf, fieldRef: fields({ fieldPath: name }) }),
  }),
);
export const container = fields({
  name,
  image,
  imagePullPolicy: word,
  restartPolicy: word,
  ports: list(fields({ name, containerPort: count, hostPort: count, protocol: word })),
  resources,
  ...probes,
  env,
  envFrom: list(fields({ configMapRef: keyOf, secretRef: keyOf })),
  volumeMounts: list(fields({ name, mountPath: route, readOnly: flag })),
});
export const podSpec = {
  containers: list(container),
  initContainers: list(container),
  volumes: list(
    fields({
      name,
      configMap: keyOf,
      secret: fields({ secretName: name, optional: flag }),
      persistentVolumeClaim: fields({ claimName: name }),
      emptyDir: fields({ medium: word, sizeLimit: quantity }),
    }),
  ),
  restartPolicy: word,
  serviceAccountName: name,
  terminationGracePeriodSeconds: count,
  activeDeadlineSeconds: count,
  priorityClassName: name,
  schedulerName: name,
  dnsPolicy: word,
  hostNetwork: flag,
  imagePullSecrets: list(fields({ name })),
};
