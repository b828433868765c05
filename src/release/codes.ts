/**
 * What a code stands for. Four families are errors, told by whose move it is when stepgate cannot go on: `input` (someone
 * must edit a file or an argument), `environment` (access, network, a server: grant or retry), `refused` (a guard or a
 * hold says no, nothing was written), `bug` (everything else, cause kept). `state` is where a delivery stands, `finding`
 * what `plan` tells of it.
 */
export type CodeFamily = 'input' | 'environment' | 'refused' | 'bug' | 'state' | 'finding';

function row<const F extends CodeFamily>(what: string, ...families: readonly [F, ...F[]]) {
  return { what, families };
}

/**
 * Every reason code with its meaning and its families: the closed list that the table in docs/commands.md is made
 * from. It only grows; tests and callers rely on the names.
 */
export const codes = {
  CONFIG_NOT_FOUND: row('there is no stepgate.yaml at the ref the policy is read from', 'input'),
  CONFIG_INVALID: row('stepgate.yaml says something that stepgate does not understand', 'input'),
  YAML_INVALID: row('a YAML file does not parse, or is hostile (too large, too deep, forbidden keys)', 'input'),
  NOT_SUPPORTED: row('the file asks for something that this version of stepgate does not do yet', 'input'),
  USAGE: row('the command line or an Action input is wrong', 'input'),
  // Refused where the policy has lost the delivery since the command began: what was given was right.
  DELIVERY_UNKNOWN: row('no delivery of that name is in the config', 'input', 'refused'),
  DELIVERY_REQUIRED: row('several deliveries are configured and this command writes: name one', 'input'),
  SOURCE_INVALID: row('the source does not render, or not to what the delivery names', 'input'),
  SOURCE_UNSTABLE: row('the source rendered differently twice', 'input'),
  STEP_UNKNOWN: row('the plan has no step of that name or number', 'input'),
  REF_UNKNOWN: row('Git has no such commit, branch or tag', 'input'),
  KUBECONFIG_INVALID: row('the kubeconfig is missing, broken, or asks for something unsafe', 'input'),
  TOOL_MISSING: row('a program stepgate calls (kustomize, git) is not installed', 'environment'),
  CLUSTER_UNREACHABLE: row('the API server does not answer', 'environment'),
  CLUSTER_FORBIDDEN: row('the API server refuses this identity', 'environment'),
  CLUSTER_REJECTED: row('the API server rejected a write', 'environment'),
  CLUSTER_CONFLICT: row('another manager owns a field that has to be written', 'environment'),
  ENGINE_MISSING: row('Kruise Rollouts is not installed or not answering in this cluster', 'environment'),
  // Input where git has nothing to work on: the folder is no clone, or one that is not supported.
  GIT_FAILED: row('a git command failed', 'environment', 'input'),
  GIT_SHALLOW: row('the clone is too shallow to tell ancestry or to make a revert', 'environment'),
  GIT_PUSH_FAILED: row('the revert was made, but could not be pushed', 'environment'),
  POLICY_MISSING: row('no policy can be read; only rollback, hold and resume need none', 'environment'),
  TIMEOUT: row('the time ran out while waiting', 'environment'),
  EVENT_REFUSED: row('the command writes, and the event of this workflow run may only read', 'refused'),
  WOULD_NOT_GATE: row('writing the new template now would release it to every pod at once', 'refused'),
  WOULD_GO_BACK: row('the commit is an ancestor of the live one: use rollback to go back', 'refused'),
  LIVE_COMMIT_UNKNOWN: row('what is live was not released by stepgate, so its commit is unknown', 'refused', 'state'),
  SUPERSEDE_REFUSED: row('the engine does not take another version while this release runs', 'refused', 'state'),
  PLAN_DIFFERS: row('the steps in the cluster are not those of the policy ref', 'refused', 'state'),
  HELD: row('a hold keeps this delivery or version from being started or advanced', 'refused', 'state'),
  NO_RELEASE: row('no release is running here', 'refused'),
  RELEASE_CHANGED: row('the release is no longer the one that was named', 'refused'),
  STEP_REQUIRED: row('the release is between two steps: an approval has to name the one it means', 'refused'),
  STEP_CHANGED: row('the release is no longer at the step that was named', 'refused'),
  NOTHING_TO_UNDO: row('there is no rollback to lift', 'refused'),
  NOTHING_TO_ROLL_BACK_TO: row('no earlier release is known to go back to', 'refused'),
  RECORD_INVALID: row("the record on the Rollout is not stepgate's, or was edited", 'refused'),
  ROLLBACK_UNDER_WAY: row('a rollback is under way: it is finished first', 'refused'),
  FOREIGN_OBJECT: row('the object belongs to another delivery', 'refused'),
  COMMIT_NOT_ALLOWED: row('the commit is neither on the policy branch nor where commits allows', 'refused'),
  BAD_RELEASE_INSIDE: row(
    'the commit contains a release that was rolled back, and its revert is not on the branch',
    'refused',
  ),
  CONTEXT_REFUSED: row('the policy names another cluster than --context', 'refused'),
  PERSON_REFUSED: row('this actor may not approve: a bot, a schedule, nobody, or a person who is not named', 'refused'),
  // Input where promote is given no release; refused where a re-run would act on whatever is there by now.
  RELEASE_REQUIRED: row('this act has to name the release that it means', 'refused', 'input'),
  RECORD_TOO_NEW: row('the record needs a newer version of stepgate for this command', 'refused'),
  FINDINGS: row('plan has findings that are errors', 'refused'),
  GATE_NOT_FORCEABLE: row('force does not pass this gate', 'refused'),
  GIT_AHEAD: row('newer commits stand on top of the bad release, so no revert was pushed', 'refused'),
  SIBLING_RUNS_IT: row(
    'another environment runs the version that the revert would undo, so it was not pushed',
    'refused',
  ),
  REVERT_TOUCHES_OTHERS: row('the revert would change another delivery too', 'refused'),
  REVERT_NOT_PROVEN: row("the reverted tree does not render the stable release's template", 'refused'),
  REVERT_NOT_RECOGNISED: row('the engine did not take the restored template for a rollback', 'state'),
  ABSENT: row('nothing of this delivery is in the cluster', 'state'),
  OFFLINE: row('the cluster was not asked', 'state'),
  STARTING: row('the engine has seen the new version and prepares the first step', 'state'),
  UPGRADING: row('the engine is moving pods of the current step', 'state'),
  GATE_SHUT: row('the step waits for a gate', 'state', 'refused'),
  START_GATE_SHUT: row('the release waits for a gate before it starts', 'state'),
  DONE_GATE_SHUT: row('every step is through, and the last gate is not open yet', 'state'),
  WAITING_FOR_WINDOW: row('the engine is still closing the last release; the new one is written afterwards', 'state'),
  PODS_NOT_READY: row('pods of the step are not ready, or no longer ready', 'state'),
  POD_NOT_STARTING: row('a pod does not start; the report has pod and reason', 'state'),
  FINISHING: row('the last step is through, the engine is closing the release', 'state'),
  DELIVERED: row('the release was delivered whole', 'state'),
  FIRST_DEPLOY: row('the first deploy of a workload is not progressive: there was no version to go back to', 'state'),
  PAUSED: row('someone paused the Rollout in the cluster', 'state'),
  ROLLING_BACK: row('a rollback is under way', 'state'),
  ROLLED_BACK: row('the release was rolled back, the stable one serves', 'state'),
  ROLLED_BACK_GIT_TODO: row('the cluster is back on stable and Git is not yet; the next tick finishes it', 'state'),
  STUCK: row('the step has not become ready in the time the policy gives', 'state'),
  UNGATED: row('the template went out without steps', 'state'),
  WEDGED: row('the engine left the workload paused and half updated', 'state', 'refused'),
  DISABLED: row('the Rollout is disabled or being deleted', 'state'),
  WORKLOAD_MISSING: row('the Rollout is there, its workload is not', 'state'),
  FOREIGN_RELEASE: row('a release runs that stepgate did not start', 'state', 'refused'),
  LOST_APPROVAL: row('the engine overwrote an approval, which was sent again', 'state'),
  PAUSES_LEFT: row("pauses that are not the plan's were left in the Rollout and are put back", 'state'),
  // Nobody's error; it has an exit code of its own.
  CANCELLED: row('the run was cancelled; the rollout stays as it is', 'input'),
  BUG: row('a defect of stepgate', 'bug'),
  CLOCKS_DIFFER: row("this machine's clock is not the cluster's", 'finding'),
  // Each names a trap of the engine.
  PERCENT_THEN_INTEGER: row('a percent step followed by an integer one hangs for ever in partition style', 'finding'),
  STEP_GOES_DOWN: row('a step asks for fewer pods than the one before', 'finding'),
  STEP_MOVES_NOTHING: row('a step moves no pod at the live size', 'finding'),
  STEP_IS_EVERYTHING: row('an early step already moves every pod', 'finding'),
  LAST_STEP_BELOW_ALL: row(
    'the last step does not reach every pod: the rest follows ungated after its approval',
    'finding',
  ),
  LAST_STEP_WAITS: row('the last step waits for an approval although every pod is new by then', 'finding'),
  TRAFFIC_OVER_LIMIT: row(
    "traffic with more than the engine's percentage limit in partition style is denied",
    'finding',
  ),
  TRAFFIC_TARGET_MISSING: row('a Service, Ingress or route that the plan routes with is not there', 'finding', 'state'),
  RECREATE_STRATEGY: row('strategy Recreate does not go with these styles', 'finding'),
  OWNED_FIELDS: row('the manifest sets fields that belong to the engine during a release', 'finding'),
  ID_ANNOTATION: row('the rollout-id annotation disarms the gate', 'finding', 'input'),
  REPLICAS_ZERO: row('a workload without pods is not gated', 'finding'),
  HPA_PRESENT: row('an autoscaler changes the size that percent steps follow', 'finding'),
  HPA_OWNS_REPLICAS: row('the manifest sets replicas although an autoscaler owns them', 'finding'),
  SECOND_ROLLOUT: row('another Rollout names the same workload', 'finding'),
  NOT_GATED_YET: row('the engine does not watch this workload yet', 'finding', 'refused'),
  PLAN_CHANGED_MIDWAY: row('the plan changed while a release runs', 'finding'),
  CONFIG_NOT_VERSIONED: row('config that running pods read would change under the same name', 'finding'),
  RESTARTED_AT: row('the live template has a restart annotation that the source does not have', 'finding'),
  DEADLINE_TOO_SHORT: row('progressDeadlineSeconds is shorter than the pods need to be ready', 'finding'),
  NO_READINESS_PROBE: row('a container has no readiness probe: ready means started', 'finding'),
  BLUE_GREEN_DOUBLES: row('blueGreen runs every pod twice', 'finding'),
  NOT_ROLLING: row('a StatefulSet with another update strategy than RollingUpdate is not gated', 'finding'),
  PARTITION_IGNORED: row("a StatefulSet's own partition is overwritten by the engine", 'finding'),
  SCALED_PODS_ARE_NEW: row('pods that are added to a StatefulSet during a release are of the new version', 'finding'),
};

export type Code = keyof typeof codes;

/** The codes of a family. */
export type CodeOf<F extends CodeFamily> = {
  [C in Code]: F extends (typeof codes)[C]['families'][number] ? C : never;
}[Code];

export function isCode(text: unknown): text is Code {
  return typeof text === 'string' && Object.hasOwn(codes, text);
}
