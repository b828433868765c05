import { oneOf, quoted } from '../config/found.ts';
import { isObject, type JsonObject, listAt, numberAt, objectAt, stringAt, textsAt } from '../release/json.ts';
import { mountsOf } from './pod-rules.ts';
import type { Say } from './problem.ts';
import type { Rule, Rules } from './rules.ts';

/** Pods that are made again for ever. */
const serving: Rule = (value, say) => {
  selects(value, say);
  mountsOf(objectAt(value, 'template', 'spec'), ['template', 'spec'], listAt(value, 'volumeClaimTemplates'), say);
  const policy = stringAt(value, 'template', 'spec', 'restartPolicy');
  if (policy !== null && policy !== 'Always') {
    say(['template', 'spec', 'restartPolicy'], `is ${quoted(policy)}`, 'write Always, or remove it: it is the default');
  }
  if (numberAt(value, 'template', 'spec', 'activeDeadlineSeconds') !== null) {
    say(['template', 'spec', 'activeDeadlineSeconds'], 'is not for pods that run for ever', 'remove it');
  }
};

/** A selector selects something, and the pods of the template. */
function selects(value: JsonObject, say: Say): void {
  const selector = objectAt(value, 'selector');
  const wanted = Object.entries(objectAt(selector, 'matchLabels'));
  const expressions = listAt(selector, 'matchExpressions');
  if (wanted.length === 0 && expressions.length === 0) {
    say(['selector'], 'is empty', 'write matchLabels with labels of the template');
    return;
  }
  const labels = objectAt(value, 'template', 'metadata', 'labels');
  for (const [key, label] of wanted) {
    if (labels[key] === label) continue;
    const found = labels[key];
    const has = found === undefined ? `has no label ${quoted(key)}` : `has ${quoted(String(found))} there`;
    say(
      ['selector', 'matchLabels', key],
      `is ${quoted(String(label))}, and the template ${has}`,
      `write the same in template.metadata.labels: ${key}: ${String(label)}`,
    );
  }
  for (const [index, one] of expressions.entries()) {
    if (meets(labels, one)) continue;
    const says = 'does not select the labels of the template';
    say(['selector', 'matchExpressions', index], says, 'the selector has to select the template');
  }
}

function meets(labels: JsonObject, expression: unknown): boolean {
  const label = labels[stringAt(expression, 'key') ?? ''];
  const isIn = typeof label === 'string' && textsAt(expression, 'values').includes(label);
  switch (stringAt(expression, 'operator')) {
    case 'In':
      return isIn;
    case 'NotIn':
      return !isIn;
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    default:
      return true;
  }
}

const deployment: Rule = (value, say) => {
  serving(value, say);
  const ready = numberAt(value, 'minReadySeconds') ?? 0;
  const deadline = numberAt(value, 'progressDeadlineSeconds') ?? 600;
  if (deadline <= ready) {
    const path = numberAt(value, 'progressDeadlineSeconds') === null ? 'minReadySeconds' : 'progressDeadlineSeconds';
    say(
      [path],
      `leaves no time: the deadline is ${deadline} s, and minReadySeconds ${ready}`,
      'give the deadline more',
    );
  }
};

const strategy: Rule = (value, say) => {
  const type = stringAt(value, 'type') || 'RollingUpdate';
  if (type !== 'RollingUpdate' && isObject(value['rollingUpdate'])) {
    say(['rollingUpdate'], `stands beside the type ${type}`, 'remove it, or write type: RollingUpdate');
  }
};

/** Neither pods more nor pods less: nothing could move. */
const moves: Rule = (value, say) => {
  const isNone = (field: string) => value[field] === 0 || value[field] === '0%';
  if (isNone('maxSurge') && isNone('maxUnavailable')) {
    say(['maxUnavailable'], 'is 0, and maxSurge is 0 too', 'raise one of the two');
  }
};

const job: Rule = (value, say) => {
  mountsOf(objectAt(value, 'template', 'spec'), ['template', 'spec'], [], say);
  const policy = stringAt(value, 'template', 'spec', 'restartPolicy');
  if (policy === 'OnFailure' || policy === 'Never') return;
  const says = policy === null ? 'has no restartPolicy' : `has the restartPolicy ${policy}`;
  say(['template', 'spec'], says, 'write restartPolicy: OnFailure or Never');
};

const autoscaler: Rule = (value, say) => {
  const [least, most] = [numberAt(value, 'minReplicas') ?? 1, numberAt(value, 'maxReplicas') ?? 1];
  if (most < least) say(['maxReplicas'], `is ${most}, less than minReplicas ${least}`, `write ${least} or more`);
};

const metricFields: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

const targetFields: Readonly<Record<string, string>> = {
  Utilization: 'averageUtilization',
  AverageValue: 'averageValue',
  Value: 'value',
};

/** What runs pods, and what sizes and guards it. */
export const workloadRules: Rules = {
  DeploymentSpec: deployment,
  DeploymentStrategy: strategy,
  RollingUpdateDeployment: moves,
  ReplicaSetSpec: serving,
  StatefulSetSpec: serving,
  StatefulSetUpdateStrategy: strategy,
  DaemonSetUpdateStrategy: strategy,
  RollingUpdateDaemonSet(value, say) {
    const isSome = (field: string) => ![undefined, null, 0, '0%'].some((none) => value[field] === none);
    const unavailable = value['maxUnavailable'] ?? 1;
    if (isSome('maxSurge') && unavailable !== 0 && unavailable !== '0%') {
      say(['maxSurge'], 'stands beside maxUnavailable', 'write maxUnavailable: 0, or remove maxSurge');
    } else if (!isSome('maxSurge') && (unavailable === 0 || unavailable === '0%')) {
      say(['maxUnavailable'], 'is 0, and maxSurge is 0 too', 'raise one of the two');
    }
  },
  DaemonSetSpec: serving,
  CloneSetSpec: serving,
  'kruise.DaemonSetSpec': serving,
  'kruise.StatefulSetSpec': serving,
  JobSpec: job,
  CronJobSpec(value, say) {
    const schedule = stringAt(value, 'schedule') ?? '';
    const isMacro = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(schedule);
    if (/TZ=/.test(schedule)) say(['schedule'], 'has a time zone', 'write timeZone beside it');
    else if (!isMacro && schedule.trim().split(/\s+/).length !== 5) {
      say(
        ['schedule'],
        `is ${quoted(schedule)}`,
        'write minute, hour, day, month and day of the week, such as "0 3 * * *"',
      );
    }
  },
  'autoscaling.v1.HorizontalPodAutoscalerSpec': autoscaler,
  'autoscaling.v2.HorizontalPodAutoscalerSpec': autoscaler,
  MetricSpec(value, say) {
    const wanted = metricFields[stringAt(value, 'type') ?? ''];
    if (wanted !== undefined && !isObject(value[wanted])) {
      say([], `is of the type ${stringAt(value, 'type')} and has no ${wanted}`, `write ${wanted}`);
    }
  },
  MetricTarget(value, say) {
    const wanted = targetFields[stringAt(value, 'type') ?? ''];
    if (wanted !== undefined && (value[wanted] ?? null) === null) say([], `has no ${wanted}`, `write ${wanted}`);
  },
  PodDisruptionBudgetSpec(value, say) {
    const both = ['minAvailable', 'maxUnavailable'];
    if (both.every((field) => value[field] !== undefined && value[field] !== null)) {
      say(['maxUnavailable'], 'stands beside minAvailable', `keep ${oneOf(both)}`);
    }
  },
};
