/** What a case has met. */
export interface Counts {
  /** Steps the engine has left. */
  steps: number;
  lost: number;
  kills: number;
  supersessions: number;
  rollbacks: number;
  conflicts: number;
  secondRollbacks: number;
  fixes: number;
  reruns: number;
  foreignCommits: number;
  skewed: number;
  /** Steps left by other kinds than Deployments. */
  statefulSetSteps: number;
  cloneSetSteps: number;
  advancedStatefulSetSteps: number;
  daemonSetSteps: number;
  /** Containers that were started again. */
  restarts: number;
  /** Steps left whose plan forbids restarts. */
  quietSteps: number;
  /** Steps left by the engine's own timer. */
  timedSteps: number;
  /** Steps left with pods that were not ready and need not be. */
  sparedSteps: number;
  /** Releases that began after another environment. */
  afters: number;
  /** Shares of requests that were judged, by what splits them. */
  ingressShares: number;
  routeShares: number;
  /** Steps left with one Service for both versions. */
  sharedSteps: number;
  /** Pods with labels of their own. */
  canaryPods: number;
  /** Rollbacks that went through the steps. */
  rollbacksInSteps: number;
  /** Steps left that wait for approvals at the forge, where somebody had commented, reviewed or merged. */
  commentSteps: number;
  reviewSteps: number;
  mergeSteps: number;
  /** What comments have brought about. */
  commentActs: number;
  /** Holds by closing a promotion pull request. */
  closings: number;
  /** Requests to the forge that went wrong. */
  forgeFaults: number;
  /** Freezes that were written. */
  freezes: number;
  /** Steps left that wait for a metric, and those that wait for a comparison. */
  metricSteps: number;
  comparedSteps: number;
  /** Releases that were taken back for a metric. */
  metricRollbacks: number;
  /** Questions that a server of metrics left open, and answers with no result, or not whole. */
  metricsAway: number;
  metricsMissing: number;
  metricsPartial: number;
  /** Answers about the time before a release. */
  metricsBefore: number;
  /** Requests to servers of metrics that went wrong. */
  metricFaults: number;
  /** Steps left of releases by an Application, and of those on the addon's engine. */
  carriedSteps: number;
  oldEngineSteps: number;
  /** Applications that stepgate has written, and those that somebody has edited. */
  publications: number;
  applicationEdits: number;
  /** Times at which KubeVela has put back a template that somebody had changed. */
  putBacks: number;
  /** ConfigMaps that a deploy has written, and those that a release under way has taken on. */
  settingsWritten: number;
  settingsTakenOn: number;
  /** Changes of settings that were noted, as a change of their own or by a release under way. */
  settingsChanges: number;
  /** ConfigMaps that a rollback has restored, and those whose fence it has moved. */
  settingsRestored: number;
  fences: number;
  /** Copies that were made of ConfigMaps. */
  copies: number;
  /** Starts that somebody said can't wait. */
  urgentStarts: number;
}

export const noCounts: Counts = {
  steps: 0,
  lost: 0,
  kills: 0,
  supersessions: 0,
  rollbacks: 0,
  conflicts: 0,
  secondRollbacks: 0,
  fixes: 0,
  reruns: 0,
  foreignCommits: 0,
  skewed: 0,
  statefulSetSteps: 0,
  cloneSetSteps: 0,
  advancedStatefulSetSteps: 0,
  daemonSetSteps: 0,
  restarts: 0,
  quietSteps: 0,
  timedSteps: 0,
  sparedSteps: 0,
  afters: 0,
  ingressShares: 0,
  routeShares: 0,
  sharedSteps: 0,
  canaryPods: 0,
  rollbacksInSteps: 0,
  commentSteps: 0,
  reviewSteps: 0,
  mergeSteps: 0,
  commentActs: 0,
  closings: 0,
  forgeFaults: 0,
  freezes: 0,
  metricSteps: 0,
  comparedSteps: 0,
  metricRollbacks: 0,
  metricsAway: 0,
  metricsMissing: 0,
  metricsPartial: 0,
  metricsBefore: 0,
  metricFaults: 0,
  carriedSteps: 0,
  oldEngineSteps: 0,
  publications: 0,
  applicationEdits: 0,
  putBacks: 0,
  settingsWritten: 0,
  settingsTakenOn: 0,
  settingsChanges: 0,
  settingsRestored: 0,
  fences: 0,
  copies: 0,
  urgentStarts: 0,
};
