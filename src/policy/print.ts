import { Document, isScalar, visit } from 'yaml';
import { resolvePlain } from '../config/scalar.ts';
import { printCondition } from '../gates/index.ts';
import {
  type Delivery,
  formatAmount,
  formatDuration,
  type Resolved,
  type Source,
  type Step,
} from '../release/delivery.ts';
import type { Json, JsonObject } from '../release/json.ts';

/** The resolved config to print, with the entries of approvals and schedules inside the conditions. */
type Printed = Pick<Resolved, 'deliveries' | 'commits' | 'people'>;

/** The resolved config as plain JSON in the format of the config, with every default and without references. */
export function configToJson({ deliveries, commits, people }: Printed): JsonObject {
  return {
    version: 1,
    commits: commits.allow === 'refs' ? { branches: commits.branches, tags: commits.tags } : commits.allow,
    people: people.by === 'cluster' && people.accounts.size > 0 ? Object.fromEntries(people.accounts) : people.by,
    deliveries: deliveries.map(deliveryToJson),
  };
}

/** configToJson as YAML. Equal configs give equal text, which parses to the same JSON. */
export function printConfig(config: Printed): string {
  return printYaml(configToJson(config));
}

/** JSON as YAML in block style that kubectl parses to the same value: the strings `no` and `0644` are quoted. */
export function printYaml(value: Json): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string') return;
      const plain = resolvePlain(node.value);
      const same = plain.is === 'value' && plain.value === node.value;
      if (!same || node.value === '<<') node.type = 'QUOTE_DOUBLE';
    },
    Seq: (_, node) => {
      // Short lists of words read better on one line.
      const text = node.items.map((item) => (isScalar(item) ? String(item.value) : '\n')).join(', ');
      if (!text.includes('\n') && text.length <= 80) node.flow = true;
    },
    Map: (_, node) => {
      if (node.items.length === 0) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function deliveryToJson(delivery: Delivery): JsonObject {
  const { traffic, rollback } = delivery;
  return {
    delivery: delivery.name,
    environment: delivery.environment,
    cluster: { context: delivery.cluster.context, exec: delivery.cluster.exec },
    namespace: delivery.namespace,
    workload: { ...delivery.workload },
    source: sourceToJson(delivery.source),
    traffic:
      traffic === null
        ? null
        : {
            service: traffic.service,
            grace: traffic.graceSeconds === null ? null : formatDuration(traffic.graceSeconds),
            ...(traffic.ingress === null ? {} : { ingress: { ...traffic.ingress } }),
            ...(traffic.gateway === null ? {} : { gateway: { ...traffic.gateway } }),
          },
    strategy: delivery.style,
    startWhen: delivery.startWhen.map(printCondition),
    steps: delivery.steps.map(stepToJson),
    doneWhen: delivery.doneWhen.map(printCondition),
    rollback: { on: rollback.on, stuckAfter: formatDuration(rollback.stuckAfterSeconds), git: rollback.git },
  };
}

function sourceToJson(source: Source): JsonObject {
  return source.kind === 'files' ? { files: source.patterns } : { kustomize: source.folder };
}

function stepToJson(step: Step): JsonObject {
  return {
    name: step.name,
    replicas: step.replicas.unit === 'pods' ? step.replicas.value : formatAmount(step.replicas),
    ...(step.traffic === null ? {} : { traffic: `${step.traffic}%` }),
    ...(step.matches.length === 0 ? {} : { matches: step.matches }),
    leaveWhen: step.leaveWhen.map(printCondition),
    ...(step.timer === 'engine' ? { timer: step.timer } : {}),
  };
}
