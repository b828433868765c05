/**
 * Fields that the API server asks for although its published description does not say so, by type. As kube-apiserver v1.34.4
 * answers.
 */
export const alsoRequired: Readonly<Record<string, readonly string[]>> = {
  ConfigMapEnvSource: ['name'],
  ConfigMapKeySelector: ['name'],
  ConfigMapVolumeSource: ['name'],
  CronJob: ['spec'],
  DaemonSet: ['spec'],
  Deployment: ['spec'],
  ExecAction: ['command'],
  Ingress: ['spec'],
  Job: ['spec'],
  JobTemplateSpec: ['spec'],
  PersistentVolumeClaim: ['spec'],
  Pod: ['spec'],
  PodTemplateSpec: ['spec'],
  ReplicaSet: ['spec'],
  SecretEnvSource: ['name'],
  SecretKeySelector: ['name'],
  SecretVolumeSource: ['secretName'],
  Service: ['spec'],
  StatefulSet: ['spec'],
  'autoscaling.v1.HorizontalPodAutoscaler': ['spec'],
  'autoscaling.v2.HorizontalPodAutoscaler': ['spec'],
};

/** Fields that it does not ask for although the description says so: it takes nothing as an empty value. */
export const notRequired: Readonly<Record<string, readonly string[]>> = {
  HTTPHeader: ['value'],
  LimitRangeSpec: ['limits'],
  PodFailurePolicy: ['rules'],
  PreferredSchedulingTerm: ['preference'],
  SleepAction: ['seconds'],
  Sysctl: ['value'],
};
