import type { FoundSource } from '../flow/find-source.ts';
import { FILL_IN } from '../policy/written.ts';
import type { Delivery, Source } from '../release/delivery.ts';
import type { Severity } from '../release/finding.ts';
import { firstOf } from '../release/first-of.ts';
import type { InSource, Unsaid } from '../release/imported.ts';
import { isUnderWay } from '../release/observation.ts';
import type { KubeObject } from '../release/ports.ts';
import type { Target } from '../release/target.ts';

/** Something to be said about an imported delivery, and the key of its block that it is about. Foreign text. */
export interface Remarkable {
  readonly severity: Severity;
  readonly text: string;
  readonly key: Unsaid['key'];
}

export function unsaidWords({ field, found, means, severity, key }: Unsaid): Remarkable {
  return { severity, key, text: `${field} is ${found}: ${means}` };
}

/** Where the manifests lie, as far as a search tells, and what of them has to change. */
export function aboutSource(
  { namespace }: Delivery,
  { sources, rollouts, rendersRollout, beside, untried }: FoundSource,
  { its, commit }: { readonly its: InSource; readonly commit: string },
): readonly Remarkable[] {
  const remarks: Remarkable[] = [];
  const say = (severity: Severity, key: Unsaid['key'], text: string) => remarks.push({ severity, key, text });
  const what = `the ${its.title}`;
  if (namespace === '') {
    say('error', ['namespace'], `no manifest says the namespace: write it instead of ${FILL_IN}, or give --namespace`);
  }
  const [source, second] = sources;
  if (source === undefined) {
    say(
      'error',
      ['source'],
      `nothing at HEAD (${commit.slice(0, 10)}) renders ${what}. Commit its manifest, and write where it lies instead of ${FILL_IN}, such as {files: [deploy/*.yaml]} or {kustomize: overlays/prod}. The config does not load until then`,
    );
  } else if (second !== undefined) {
    say(
      'error',
      ['source'],
      `several places render ${what}: write one of them instead of ${FILL_IN}: ${sources.map(sourceWords).join(', ')}. The config does not load until then`,
    );
  }
  if (sources.length !== 1) {
    for (const { source: other, why } of untried.slice(0, 5))
      say('warning', ['source'], `${sourceWords(other)} may render it, and was not tried: ${why}`);
  }
  if (rendersRollout) {
    say(
      'error',
      ['source'],
      `the source has the ${its.plan} too, and deploys refuse it (SOURCE_INVALID): remove it, stepgate makes the ${its.plan} from this config`,
    );
  } else if (rollouts.length > 0) {
    say(
      'warning',
      ['source'],
      `${rollouts.slice(0, 5).join(', ')} has a manifest of the ${its.plan}. Applied again, it writes over the steps of this config: take it out of what is applied`,
    );
  }
  if (beside.length > 0) {
    say(
      'note',
      ['source'],
      `a deploy applies what the source renders and nothing else. Beside it lie ${firstOf(beside, 5)}: add those that go out with it`,
    );
  }
  return remarks;
}

function sourceWords(source: Source): string {
  switch (source.kind) {
    case 'files':
      return `{files: [${source.patterns.join(', ')}]}`;
    case 'kustomize':
      return `{kustomize: ${source.folder}}`;
    case 'helm':
      return `{helm: {chart: ${source.chart}, release: ${source.release}}}`;
  }
}

/** What is in the way of the first deploy in the cluster as it is. */
export function aboutLive(
  target: Target,
  delivery: Delivery,
  live: { readonly rollout: KubeObject; readonly workload: KubeObject | null; readonly takenAt: Date },
): readonly Remarkable[] {
  const remarks: Remarkable[] = [];
  const { kind, name } = delivery.workload;
  if (live.workload === null) {
    const text = `the ${kind} ${name} is not in the cluster: the first deploy creates it, every pod at once`;
    remarks.push({ severity: 'warning', key: ['workload'], text });
  }
  const { engine, rollout } = target.observe(delivery, { ...live, pods: [] });
  if (rollout?.delivery === null && isUnderWay(engine)) {
    const text =
      'a release is under way that stepgate did not start. Finish it or roll it back: deploys refuse until then (FOREIGN_RELEASE)';
    remarks.push({ severity: 'warning', key: [], text });
  }
  const { plan, template } = target.ownersOf(delivery, live);
  if (plan.length > 0) {
    const text = `the steps in the cluster differ from these, and belong to ${names(plan)}: plan and the first deploy need ${options(plan)}`;
    remarks.push({ severity: 'warning', key: ['steps'], text });
  }
  if (template.length > 0) {
    const text = `the pod template belongs to ${names(template)}: a deploy that changes it needs ${options(template)}. Let nobody else apply it any more`;
    remarks.push({ severity: 'warning', key: ['workload'], text });
  }
  return remarks;
}

function names(managers: readonly string[]): string {
  return `the field manager${managers.length === 1 ? '' : 's'} ${managers.join(' and ')}`;
}

function options(managers: readonly string[]): string {
  return managers.map((manager) => `--take-over ${manager}`).join(' ');
}
