/**
 * What a code is used for. Four families are errors, and say what has to be done: `input` (edit a file or an argument),
 * `environment` (access, network, a server: grant or retry), `refused` (a guard or a hold refused, and nothing was
 * written), `bug` (everything else, with its cause). `state` is the state of a delivery, `finding` a problem that `plan`
 * reports.
 */
export type CodeFamily = 'input' | 'environment' | 'refused' | 'bug' | 'state' | 'finding';

function row<const F extends CodeFamily>(what: string, ...families: readonly [F, ...F[]]) {
  return { what, families };
}

/**
 * Every reason code with its meaning and its families. The table in docs/commands.md is made from this list. Codes are
 * added, never renamed or removed, because users' scripts compare them.
 */
export const codes = {
  CONFIG_NOT_FOUND: row('the policy ref has no stepgate.yaml', 'input'),
  CONFIG_INVALID: row('stepgate.yaml has an unknown key, or a value that is not allowed', 'input'),
  YAML_INVALID: row('a YAML file does not parse, or exceeds a limit (too large, too deep, forbidden keys)', 'input'),
  NOT_SUPPORTED: row('stepgate.yaml uses a feature that this version of stepgate does not have yet', 'input'),
  USAGE: row('an option on the command line or an Action input is wrong', 'input'),
  // Refused when the delivery left the policy after the command began: the input was right.
  DELIVERY_UNKNOWN: row('the config has no delivery of that name', 'input', 'refused'),
  DELIVERY_REQUIRED: row('several deliveries are configured, and a command that writes needs --delivery', 'input'),
  ROLLOUT_UNKNOWN: row('no Rollout of that name is there to import', 'input'),
  ROLLOUT_REQUIRED: row('several Rollouts are there to import, and none was named', 'input'),
  IMAGE_NOT_FOUND: row('nothing in the source was found that sets this image of a container', 'input'),
  SOURCE_INVALID: row('the source does not render, or its output lacks the workload of the delivery', 'input'),
  MANIFEST_INVALID: row('the API server would refuse a manifest of the source', 'input', 'finding'),
  SOURCE_UNSTABLE: row('two renderings of the same source differ', 'input'),
  STEP_UNKNOWN: row('the plan has no step of that name or number', 'input'),
  REF_UNKNOWN: row('Git has no such commit, branch or tag', 'input'),
  KUBECONFIG_INVALID: row('the kubeconfig is missing or broken, or has an unsafe setting', 'input'),
  TOOL_MISSING: row('a program that stepgate calls (kustomize, helm, git) is not installed', 'environment'),
  CLUSTER_UNREACHABLE: row('the API server does not answer', 'environment'),
  CLUSTER_FORBIDDEN: row('the API server refuses this identity', 'environment'),
  CLUSTER_REJECTED: row('the API server rejected a write', 'environment'),
  CLUSTER_CONFLICT: row('another field manager owns a field that stepgate has to write', 'environment'),
  KIND_MISSING: row(
    'the cluster does not serve the kind of the workload: what brings it is not installed',
    'environment',
  ),
  ENGINE_MISSING: row(
    'Kruise Rollouts (or KubeVela, for a release by an Application) is not installed in this cluster, or does not answer',
    'environment',
  ),
  ENGINE_CHANGED: row("the cluster began to serve a newer version of the engine's API during the run", 'environment'),
  FOLDER_UNWRITABLE: row(
    'this machine has no room for files, or no temporary folder that can be written',
    'environment',
  ),
  // Input when the folder is not a clone, or a clone that is not supported.
  GIT_FAILED: row('a git command failed', 'environment', 'input'),
  GIT_SHALLOW: row('the clone is too shallow to compare commits or to make a revert', 'environment'),
  GIT_PUSH_FAILED: row('a commit (a revert, a freeze, a new image) could not be pushed', 'environment'),
  FORGE_UNREACHABLE: row('the service that holds the repository does not answer, or limits requests', 'environment'),
  FORGE_REFUSED: row(
    'the service that holds the repository refuses: the token, a permission, a setting, or what was asked for is missing',
    'environment',
  ),
  POLICY_MISSING: row('no policy can be read; only rollback, hold and resume work without one', 'environment'),
  TIMEOUT: row('the time of --timeout passed while the command waited', 'environment'),
  EVENT_REFUSED: row('the command writes, but a workflow run started by this event may only read', 'refused'),
  WOULD_NOT_GATE: row('the engine would not gate the new template: every pod would get it at once', 'refused'),
  WOULD_GO_BACK: row('the commit is an ancestor of the live commit: use rollback to go back', 'refused'),
  LIVE_COMMIT_UNKNOWN: row(
    'the live version was not released by stepgate, so its commit is unknown',
    'refused',
    'state',
  ),
  SUPERSEDE_REFUSED: row(
    'no other version can begin with its own first step while this release is under way',
    'refused',
    'state',
  ),
  PLAN_DIFFERS: row('the steps in the cluster differ from the plan in force', 'refused', 'state'),
  HELD: row('a hold prevents this delivery or version from being started or advanced', 'refused', 'state'),
  ROLLBACKS_STOPPED: row(
    'the policy has rolled back so many releases in the cluster that this one is held instead',
    'state',
  ),
  ROLLBACK_BARRED: row(
    'a commit of the release has the trailer Stepgate-No-Rollback-Past, so only a person may roll it back past that commit',
    'state',
    'refused',
    'finding',
  ),
  // Refused where nothing would be kept that could go on after the freeze.
  FROZEN: row('a freeze stops every start and every step of the delivery', 'state', 'refused', 'finding'),
  CONFIG_EXISTS: row('there is a stepgate.yaml already, and init writes over none', 'refused'),
  FREEZE_EXISTS: row('a freeze of that name is there already, and it is another one', 'refused'),
  FREEZE_COVERS_MORE: row('the freeze covers other deliveries too, so it has to be lifted by its name', 'refused'),
  POLICY_NOT_A_BRANCH: row(
    'the policy is read from a ref that is no branch of a remote, so nothing can be committed there',
    'refused',
  ),
  RERUN_REFUSED: row('a run that was started again may not lift what is there now', 'refused'),
  NO_RELEASE: row('no release of this delivery is under way', 'refused'),
  RELEASE_CHANGED: row('another release is there now than the one that was named', 'refused'),
  STEP_REQUIRED: row('the release is between two steps: name the step with --step', 'refused'),
  STEP_CHANGED: row('the release is at another step than the one that was named', 'refused'),
  NOTHING_TO_UNDO: row('there is no rollback to lift', 'refused'),
  NOTHING_TO_ROLL_BACK_TO: row('the record has no earlier release to go back to', 'refused'),
  RECORD_INVALID: row('the record on the Rollout was not written by stepgate, or was edited', 'refused'),
  ROLLBACK_UNDER_WAY: row('a rollback is under way and has to finish first', 'refused'),
  FOREIGN_OBJECT: row('the object belongs to another delivery', 'refused', 'finding'),
  ROLLOUT_ELSEWHERE: row(
    'the delivery has a Rollout at another workload than the one that the policy names',
    'refused',
    'finding',
  ),
  STILL_IN_POLICY: row('the delivery that is given up is still in the policy, which would release it again', 'refused'),
  MID_RELEASE: row('the command needs a delivery at rest, and a release or a rollback is under way', 'refused'),
  RETIRED: row('the delivery is given up: stepgate and the engine leave its workload alone', 'state'),
  COMMIT_NOT_ALLOWED: row('the commit is neither on the policy branch nor allowed by commits', 'refused'),
  SETTINGS_WAIT: row('settings may not go out now, and a release is under way that they could wait behind', 'refused'),
  BAD_RELEASE_INSIDE: row(
    'the commit contains a release that was rolled back, and its revert is not on the branch',
    'refused',
  ),
  CONTEXT_REFUSED: row('--context is not the context that the policy names', 'refused'),
  PERSON_REFUSED: row(
    'the actor may not approve: a bot, a schedule, an empty name, or a person who is not in from',
    'refused',
  ),
  OTHER_PULL_REQUEST: row('the comment is not on the pull request that takes the comments of the release', 'refused'),
  // Input when promote lacks --release; refused when a re-run would act on a newer release than its first attempt.
  RELEASE_REQUIRED: row('the command needs --release here', 'refused', 'input'),
  RECORD_TOO_NEW: row('this command needs a newer version of stepgate, because of the record', 'refused'),
  FINDINGS: row('plan found errors', 'refused'),
  JUMP_REFUSED: row('the engine in this cluster has no jumps from step to step', 'refused'),
  GATE_NOT_FORCEABLE: row('--force does not skip this gate', 'refused'),
  GIT_AHEAD: row('newer commits follow the bad release on the branch, so no revert was pushed', 'refused'),
  SIBLING_RUNS_IT: row(
    'another environment runs the version that the revert would undo, so the revert was not pushed',
    'refused',
  ),
  REVERT_TOUCHES_OTHERS: row('the revert would change another delivery too', 'refused'),
  IMAGE_TOUCHES_OTHERS: row('the new image would change another delivery too', 'refused'),
  REVERT_PROPOSED: row(
    'the revert, or the commit that undoes it, waits in a pull request until somebody merges it',
    'finding',
  ),
  REVERT_CLOSED: row(
    'somebody closed the pull request of a revert, or of what undoes it, without merging it',
    'refused',
  ),
  REVERT_NOT_PROVEN: row('the reverted files do not render the template of the stable release', 'refused'),
  REVERT_NOT_RECOGNISED: row('the engine did not recognise the restored template as a rollback', 'state'),
  ABSENT: row('the cluster has no Rollout of this delivery, and maybe no workload', 'state'),
  OFFLINE: row('the cluster was not read (--offline)', 'state'),
  STARTING: row('the engine has seen the new version and prepares the first step', 'state'),
  UPGRADING: row('the engine is moving pods of the current step', 'state'),
  GATE_SHUT: row('the step waits for a gate', 'state', 'refused'),
  START_GATE_SHUT: row('the release waits for a gate before it starts', 'state'),
  DONE_GATE_SHUT: row('every step is done, and the release waits for a gate of doneWhen', 'state'),
  WAITING_FOR_WINDOW: row(
    'the engine has not finished the previous release; the new one is written afterwards',
    'state',
  ),
  GATE_TRIED: row('gate try has judged this gate now', 'state'),
  METRIC_FAILED: row('a metric of the plan is bad', 'state'),
  PODS_NOT_READY: row('pods of the step are not ready', 'state'),
  POD_NOT_STARTING: row('a pod does not start; the report names the pod and the reason', 'state'),
  FINISHING: row('the last step is done, and the engine is closing the release', 'state'),
  DELIVERED: row('the release was delivered whole', 'state'),
  FIRST_DEPLOY: row('this was the first deploy of the workload, which is not progressive', 'state'),
  PAUSED: row('somebody paused the Rollout in the cluster', 'state'),
  ROLLING_BACK: row('a rollback is under way', 'state'),
  ROLLED_BACK: row('the release was rolled back, and stable serves', 'state'),
  ROLLED_BACK_GIT_TODO: row('the cluster is back on stable, and Git is not reverted yet', 'state'),
  SHORTAGE: row(
    'new pods lack nodes, quota or a registry, as a pod of any other version would: stuckAfter does not count this time',
    'state',
  ),
  STUCK: row('the step did not become ready within stuckAfter', 'state'),
  NOT_RENDERED: row('the release is written, and the controller that makes its workload says that it can not', 'state'),
  UNGATED: row('the template reached every pod without the steps', 'state'),
  WEDGED: row('the engine left the workload paused and half updated', 'state', 'refused'),
  BLOCKED: row('the engine will never end the present step by itself', 'state'),
  SUPERSEDED: row('another release was requested before the release of this run was delivered', 'state'),
  DISABLED: row('the Rollout is disabled or being deleted', 'state'),
  WORKLOAD_MISSING: row('the Rollout exists, but its workload does not', 'state'),
  FOREIGN_RELEASE: row('a release is under way that stepgate did not start', 'state', 'refused'),
  LOST_APPROVAL: row('the engine overwrote an approval, and stepgate sent it again', 'state'),
  PAUSES_LEFT: row("pauses in the Rollout differ from the plan's; stepgate restores them", 'state'),
  // Has an exit code of its own.
  CANCELLED: row('the run was cancelled; the Rollout stays as it is', 'input'),
  BUG: row('a defect of stepgate', 'bug'),
  NOT_RESTORED: row('a rollback has left objects other than stable has them', 'finding'),
  URGENT: row('somebody let a start pass its schedules and freezes', 'finding'),
  WORKLOAD_UNNAMED: row(
    'the source has a further workload that would reach every pod without a step, and ungated does not name it',
    'finding',
    'refused',
  ),
  WORKLOAD_UNGATED: row('a further workload of the source goes out at once, as ungated says', 'finding'),
  JOB_UNGATED: row('a Job or CronJob of the source is written before the first step', 'finding'),
  UNGATED_NOT_RENDERED: row('ungated names a workload that the source does not render', 'finding'),
  OBJECT_SHARED: row('several deliveries render an object: the newer commit writes it', 'finding'),
  CLOCKS_DIFFER: row("this machine's clock differs from the cluster's clock", 'finding'),
  METRICS_ASKED: row('gates ask servers of metrics, and what', 'finding'),
  METRICS_NEEDED: row('a server of metrics that a gate asks gives no answer', 'finding'),
  FORGE_NEEDED: row('a gate needs what this token can not read, so nobody counts there', 'finding'),
  PROMOTION_NOT_OPEN: row(
    'the pull request that a release waits for could not be opened, or not be brought up to date',
    'finding',
  ),
  // Traps of the engine.
  PERCENT_THEN_INTEGER: row(
    'in partition style, a step in percent followed by a step in pods hangs for ever',
    'finding',
  ),
  STEP_GOES_DOWN: row('a step has fewer pods than the step before it', 'finding'),
  STEP_MOVES_NOTHING: row('a step moves no pod at the present size of the workload', 'finding'),
  STEP_IS_EVERYTHING: row('a step before the last one already moves every pod', 'finding'),
  LAST_STEP_BELOW_ALL: row(
    'the last step does not reach every pod: the others follow at once after its approval',
    'finding',
  ),
  LAST_STEP_WAITS: row('the last step waits for an approval when every pod is new already', 'finding'),
  TRAFFIC_OVER_LIMIT: row(
    'in partition style, the engine denies traffic in a step above its percentage limit',
    'finding',
  ),
  TRAFFIC_TARGET_MISSING: row('a Service, Ingress or route that the plan uses is missing', 'finding', 'state'),
  RECREATE_STRATEGY: row('strategy Recreate does not work with this style', 'finding'),
  OWNED_FIELDS: row('the manifest sets fields that belong to the engine during a release', 'finding'),
  ID_ANNOTATION: row('the rollout-id annotation disables the gate', 'finding', 'input'),
  REPLICAS_ZERO: row('a workload with 0 replicas is not gated', 'finding'),
  HPA_PRESENT: row('an autoscaler changes the size from which steps in percent are computed', 'finding'),
  HPA_OWNS_REPLICAS: row('the manifest sets replicas although an autoscaler owns them', 'finding'),
  SECOND_ROLLOUT: row('another Rollout has the same workload', 'finding'),
  NOT_GATED_YET: row('the engine does not watch this workload yet', 'finding', 'refused'),
  PLAN_CHANGED_MIDWAY: row('the plan changed while a release is under way', 'finding'),
  CONFIG_NOT_VERSIONED: row('a ConfigMap or Secret that running pods read would change under the same name', 'finding'),
  RESTARTED_AT: row('the live template has a restart annotation that the source does not have', 'finding'),
  DEADLINE_TOO_SHORT: row('progressDeadlineSeconds is shorter than the pods need to be ready', 'finding'),
  NO_READINESS_PROBE: row('a container has no readiness probe: it counts as ready once it has started', 'finding'),
  BLUE_GREEN_DOUBLES: row('blueGreen runs every pod twice', 'finding'),
  NOT_ROLLING: row('a StatefulSet with another update strategy than RollingUpdate is not gated', 'finding'),
  PODS_RESTARTED: row('a container of a new pod has restarted during the release', 'finding'),
  PARTITION_IGNORED: row('the engine overwrites the partition that a workload has of its own', 'finding'),
  TRAFFIC_NEVER_ROUTED: row(
    'the engine routes no traffic for this kind of workload: a step with traffic would hang',
    'finding',
  ),
  STEP_NEVER_READY: row('a step waits for more pods than the engine lets move', 'finding'),
  SCALED_PODS_ARE_NEW: row('pods that are added to a StatefulSet during a release have the new version', 'finding'),
  QUOTA_TOO_SMALL: row('a ResourceQuota has no room for the pods of the release', 'finding'),
  NODES_TOO_FULL: row('the nodes have no room for the pods that a release adds', 'finding'),
  LIMIT_RANGE_REFUSES: row('a LimitRange refuses the pods of the source', 'finding'),
  PDB_NEVER_MET: row('a PodDisruptionBudget asks for more pods than a step leaves it', 'finding'),
  PARAMETER_UNREADABLE: row(
    "KubeVela's addon can't evaluate a parameter of a trait, and the Application would fail",
    'finding',
  ),
  COMPONENT_UNGATED: row('another component of the Application goes out with a release, without its steps', 'finding'),
  WORKFLOW_DECIDES: row('the workflow of the Application says when its component is written', 'finding'),
  BATCHES_IMPOSSIBLE: row(
    'the batches of an AppRollout do not add up to the size: KubeVela would end it, with the new template in the cluster',
    'finding',
  ),
  KUBEVELA_VERSION: row('this version of KubeVela never moves a pod of this kind of workload', 'finding'),
  POD_LEAKS: row('a pod gets the new version before the first step begins', 'finding'),
  CAPACITY_DIPS: row('a rollback first takes ready pods of the good version away', 'finding'),
  SIZE_DIFFERS: row('the live workload has another size than the source, and the rollout would fail', 'finding'),
  REVISION_MISSING: row('KubeVela would wait for ever for a revision of the Application that is gone', 'finding'),
  NOT_ADOPTED: row('what is live was moved by something else than an AppRollout of stepgate', 'finding'),
  REVISION_REUSED: row('KubeVela would give the name of another revision to this content', 'finding'),
  GATE_SEEN_LATER: row('whether the engine gates an Application is only seen after it is written', 'finding'),
  OLD_API: row('the cluster serves only an older version of the API, with fewer words for a plan', 'finding'),
  CANARY_PODS: row('labels for the extra pods take them out of the selector: the step would hang', 'finding'),
  TRAFFIC_CLASS_UNKNOWN: row(
    'the engine has no script for the class of the Ingress or the kind of the route, and waits for one for ever',
    'finding',
  ),
  TRAFFIC_SCRIPT_FAILS: row("the engine's script for the route fails, and the step would hang for ever", 'finding'),
  TRAFFIC_PART_IGNORED: row('a provider of traffic ignores a part of what a step says', 'finding'),
  INGRESS_CLASS: row('the IngressClass of the Ingress is missing, or belongs to another controller', 'finding'),
  CANARY_SERVICE_OFF: row('without a Service of the new pods, the provider sends requests to other pods', 'finding'),
  LEFT_BEHIND: row('doctor: a release that broke off has left an object, or a part of one, in the cluster', 'finding'),
};

export type Code = keyof typeof codes;

export type CodeOf<F extends CodeFamily> = {
  [C in Code]: F extends (typeof codes)[C]['families'][number] ? C : never;
}[Code];

export function isCode(text: unknown): text is Code {
  return typeof text === 'string' && Object.hasOwn(codes, text);
}
