/** Keys of Kubernetes, which Kruise's workloads use too. */
export const templateHash = 'pod-template-hash';
export const revisionHash = 'controller-revision-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
