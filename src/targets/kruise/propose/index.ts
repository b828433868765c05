import { byCommand } from '../../../gates/approval.ts';
import { soakOf } from '../../../gates/soak.ts';
import type { Amount, Condition, Step, Style } from '../../../release/delivery.ts';
import { numberAt, objectAt, stringAt } from '../../../release/json.ts';
import { isOf } from '../../../release/kinds.ts';
import type { KubeObject } from '../../../release/ports.ts';
import type { Proposal, Proposer, Role } from '../../../release/proposal.ts';
import { laterWorkloadKinds } from '../check.ts';
import { GROUP } from '../keys.ts';
import { scales, titleOf } from '../manifests.ts';
import { runsPods } from '../runs-pods.ts';
import { rangeOf } from '../size.ts';
import { trafficFor } from '../traffic/proposed.ts';
import { kindNames, kindOf } from '../workloads/index.ts';
import type { WorkloadKind } from '../workloads/kind.ts';
import { belonging } from './belonging.ts';

/** Half an hour of a bad version is too long, and a minute shows nothing. */
const SOAK = 10 * 60;

export const proposer: Proposer = { roleOf, belonging, propose };

function roleOf(object: KubeObject): Role {
  const row = kindOf(object);
  const kind = stringAt(object, 'kind') ?? '?';
  if (row !== null) {
    const workload = { kind: row.name, name: stringAt(object, 'metadata', 'name') ?? '' };
    const problem = wrongWorkload(row, object);
    return problem === null ? { is: 'workload', workload } : { is: 'runs pods', why: problem };
  }
  if (isOf({ apiVersion: `${GROUP}/v1beta1`, kind: 'Rollout' }, object)) {
    const why = 'stepgate makes the Rollout from stepgate.yaml: take it over with stepgate import, and remove the file';
    return { is: 'plan', why };
  }
  const pods = runsPods(object);
  if (pods === null) return { is: 'other' };
  if (pods.runs === 'once') return { is: 'runs pods', why: 'a job runs once and has no steps: apply it as before' };
  const later = laterWorkloadKinds[kind];
  const why = later ?? `the engine does not release ${kind}; it releases ${kindNames.join(', ')}`;
  return { is: 'runs pods', why };
}

/** Why a workload of a known kind can't be released as it is; null when it can. */
function wrongWorkload(row: WorkloadKind, object: KubeObject): string | null {
  const { apiVersion } = row.kind;
  const found = stringAt(object, 'apiVersion');
  if (found !== apiVersion) return `it is ${found}: write apiVersion: ${apiVersion}`;
  if (Object.keys(objectAt(object, 'spec', 'template')).length === 0) return 'it has no spec.template';
  const wrong = row.wrongIn(object);
  if (wrong !== null) return `it ${wrong.says}: ${wrong.hint}`;
  return null;
}

function propose(workload: KubeObject, beside: readonly KubeObject[]): Proposal {
  const row = kindOf(workload);
  if (row === null) throw new Error(`${titleOf(workload)} is no workload that is released`);
  const routed = trafficFor(row, workload, beside);
  const style: Style = routed.traffic === null ? 'partition' : 'canary';
  const size = sizeFor(row, workload, beside);
  const steps = stepsFor(size.pods, style);
  return {
    plan: `${style}-${size.pods === null ? 'any-size' : size.pods === 1 ? 'one-pod' : size.pods === 2 ? 'two-pods' : 'pods'}`,
    style,
    // A single step passes by itself, so the only place to look before every pod is new is the start.
    startWhen: steps.length === 1 ? [byCommand] : [],
    steps,
    traffic: routed.traffic,
    why: [
      ...routed.why.map((text) => ({ key: ['traffic'], text })),
      { key: ['strategy'], text: styleWords(style, row) },
      { key: ['steps'], text: `${size.why}: ${stepWords(steps, style)}` },
    ],
  };
}

/** How many pods the steps are made for; null where that varies. */
function sizeFor(
  row: WorkloadKind,
  workload: KubeObject,
  beside: readonly KubeObject[],
): { readonly pods: number | null; readonly why: string } {
  const own = { kind: row.name, name: stringAt(workload, 'metadata', 'name') ?? '' };
  const autoscaler = beside.find((object) => scales(object, own));
  if (autoscaler !== undefined) {
    const { least, most } = rangeOf(autoscaler);
    const range = most === null ? `${least} or more` : `${least} to ${most}`;
    return { pods: null, why: `${titleOf(autoscaler)} keeps ${range} pods, and percentages follow it` };
  }
  const replicas = numberAt(workload, 'spec', 'replicas');
  if (replicas !== null) {
    const why = replicas === 1 ? 'there is one replica' : `there are ${replicas} replicas`;
    return { pods: Math.max(1, replicas), why };
  }
  return row.traps.REPLICAS_ZERO
    ? { pods: 1, why: 'the manifest says no replicas, which is one pod' }
    : { pods: null, why: 'each node has a pod' };
}

function stepsFor(pods: number | null, style: Style): readonly Step[] {
  const routed = style === 'canary';
  const step = (name: string, replicas: Amount, traffic: number, leaveWhen: readonly Condition[]): Step => ({
    name,
    replicas,
    traffic: routed ? traffic : null,
    matches: [],
    requestHeaders: null,
    leaveWhen,
    timer: 'stepgate',
  });
  const one: Amount = pods === null ? { unit: 'percent', value: 10 } : { unit: 'pods', value: 1 };
  const all = step('all', { unit: 'percent', value: 100 }, 100, []);
  if (pods === 1 && !routed) return [all];
  const some = pods === null ? 'some' : 'one';
  if (pods !== null && pods < 3) return [step(some, one, 5, [soakOf(SOAK), byCommand]), all];
  return [step(some, one, 5, [byCommand]), step('half', { unit: 'percent', value: 50 }, 50, [soakOf(SOAK)]), all];
}

function styleWords(style: Style, { name }: WorkloadKind): string {
  return style === 'canary'
    ? 'the new pods are added beside the old ones, and requests go to them by the share of the step'
    : name === 'Deployment'
      ? 'old pods are replaced by new ones step by step; no second workload is made'
      : `old pods are replaced by new ones step by step: the only strategy for ${name}`;
}

function stepWords(steps: readonly Step[], style: Style): string {
  if (steps.length === 1) return 'no step can be smaller than all of them, so a person approves the start';
  const requests = style === 'canary' ? ' and 5% of the requests' : '';
  const first = `first ${steps[0]?.replicas.unit === 'percent' ? '10% of them' : 'one new pod'}${requests}`;
  return steps.length === 2
    ? `${first}, which has to be ready for 10 minutes, until a person approves, then all`
    : `${first}, until a person approves, then half of them for 10 minutes, then all`;
}
