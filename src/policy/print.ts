import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { printOptions, quoteStrings, withEscapes } from '../config/quoting.ts';
import type { Path } from '../config/yaml.ts';
import { printCondition } from '../gates/index.ts';
import {
  type Condition,
  type Delivery,
  formatAmount,
  formatDuration,
  type Resolved,
  type Step,
} from '../release/delivery.ts';
import type { Json, JsonObject } from '../release/json.ts';
import { settingsInConfig, trafficInConfig } from '../targets/index.ts';
import { sourceToJson } from './source.ts';

/** The resolved config to print, with the entries of approvals and schedules inside the conditions. */
type Printed = Pick<Resolved, 'deliveries' | 'commits' | 'people'> &
  Partial<Pick<Resolved, 'diff' | 'fetch' | 'freezesByIssue'>>;

/** The resolved config as plain JSON in the format of the config, with every default and without references. */
export function configToJson({
  deliveries,
  commits,
  people,
  diff = 'listed',
  fetch = [],
  freezesByIssue = false,
}: Printed): JsonObject {
  return {
    version: 1,
    commits: commits.allow === 'refs' ? { branches: commits.branches, tags: commits.tags } : commits.allow,
    people: people.by === 'cluster' && people.accounts.size > 0 ? Object.fromEntries(people.accounts) : people.by,
    ...(diff === 'full' ? { diff } : {}),
    ...(fetch.length === 0 ? {} : { fetch }),
    ...(freezesByIssue ? { freezes: 'issues' } : {}),
    deliveries: deliveries.map((delivery) => deliveryToJson(delivery, printCondition)),
  };
}

/** configToJson as YAML. Equal configs give equal text, which parses to the same JSON. */
export function printConfig(config: Printed): string {
  return printYaml(configToJson(config));
}

/** Lines of a comment above a part of a document; where that is not there, above the nearest part around it. */
export interface Remark {
  readonly path: Path;
  /** Clean text: no line has anything in it that ends a line of YAML. */
  readonly lines: readonly string[];
}

/** JSON as YAML in block style that kubectl parses to the same value: the strings `no` and `0644` are quoted. */
export function printYaml(value: Json, remarks: readonly Remark[] = []): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  for (const { path, lines } of remarks) remark(document, path, lines);
  quoteStrings(document);
  visit(document, {
    Seq: (_, node) => {
      // Short lists of words read better on one line.
      const text = node.items.map((item) => (isScalar(item) ? String(item.value) : '\n')).join(', ');
      if (!text.includes('\n') && text.length <= 80) node.flow = true;
    },
    Map: (_, node) => {
      if (node.items.length === 0) node.flow = true;
    },
  });
  return withEscapes(document.toString({ ...printOptions, flowCollectionPadding: false }));
}

function remark(document: Document, path: Path, lines: readonly string[]): void {
  let node: unknown = document.contents;
  let above: { commentBefore?: string | null } = document;
  for (const part of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === part) : undefined;
    const item = isSeq(node) && typeof part === 'number' ? node.items[part] : undefined;
    if (pair !== undefined && isScalar(pair.key)) [above, node] = [pair.key, pair.value];
    else if (isMap(item)) above = node = item;
    else break;
  }
  const before = above.commentBefore ?? '';
  above.commentBefore = [...(before === '' ? [] : [before]), ...lines.map((line) => ` ${line}`)].join('\n');
}

/**
 * A delivery with every default spelled out, but for the target; `condition` says how its conditions are written.
 */
export function deliveryToJson(delivery: Delivery, condition: (condition: Condition) => Json): JsonObject {
  const { traffic, rollback } = delivery;
  return {
    delivery: delivery.name,
    environment: delivery.environment,
    cluster: { context: delivery.cluster.context, exec: delivery.cluster.exec },
    namespace: delivery.namespace,
    ...(delivery.target === undefined ? {} : { target: delivery.target }),
    workload: { ...delivery.workload },
    source: sourceToJson(delivery.source),
    ...(delivery.ungated === undefined ? {} : { ungated: delivery.ungated }),
    traffic: traffic === null ? null : trafficInConfig.print(traffic),
    strategy: delivery.style,
    startWhen: delivery.startWhen.map(condition),
    steps: delivery.steps.map((step) => stepToJson(step, condition)),
    doneWhen: delivery.doneWhen.map(condition),
    ...settingsInConfig.print(delivery.settings),
    rollback: {
      on: rollback.on,
      stuckAfter: formatDuration(rollback.stuckAfterSeconds),
      git: rollback.git,
      merge: rollback.merge ?? false,
    },
  };
}

function stepToJson(step: Step, condition: (condition: Condition) => Json): JsonObject {
  return {
    name: step.name,
    replicas: step.replicas.unit === 'pods' ? step.replicas.value : formatAmount(step.replicas),
    ...trafficInConfig.step.print(step),
    leaveWhen: step.leaveWhen.map(condition),
    ...(step.timer === 'engine' ? { timer: step.timer } : {}),
  };
}
