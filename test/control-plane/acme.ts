import { startGitHub } from '../github/github.ts';
import { type Acme, type AcmeOptions, acmeAt } from '../github/scenarios/acme.ts';
import { configOf } from '../github/scenarios/configs.ts';
import { conditionOf, confined, namespace, pods, type Rollout, read, waitFor } from './fixture.ts';

/** acme/shop at the GitHub of the tests, in a namespace of its own of the suite's cluster. */
export interface LiveAcme extends AsyncDisposable, Acme {
  /** Resolves once the images of the ready pods are these, each with their number. */
  serves(wanted: Readonly<Record<string, number>>): Promise<void>;
  /** Resolves once the engine waits at the step. */
  pausesAt(step: number): Promise<void>;
  /** Runs the schedule of release.yml until a run finds the release delivered. */
  delivers(): Promise<void>;
}

export interface LiveAcmeOptions extends Pick<AcmeOptions, 'app'> {
  /** YAML flow items of `steps`. */
  readonly steps: readonly string[];
  /** What follows the steps in stepgate.yaml, beginning with further keys of the delivery. */
  readonly rest?: string;
  /** Whether the first commit is deployed already. */
  readonly stands?: boolean;
}

/** A shop with its first commit. */
export async function openAcme({ steps, rest = '', app = false, stands = true }: LiveAcmeOptions): Promise<LiveAcme> {
  await using stack = new AsyncDisposableStack();
  const space = await namespace('github');
  const hub = stack.use(await startGitHub());
  const acme = acmeAt(hub, { config: configOf(steps, rest, space), temp: (await confined(space)).folder, app });
  const serving = async () => {
    const counts: Record<string, number> = {};
    for (const pod of await pods(space)) {
      if (conditionOf(pod, 'Ready')?.status !== 'True') continue;
      for (const { image } of pod.spec.containers) counts[image] = (counts[image] ?? 0) + 1;
    }
    return counts;
  };
  const serves: LiveAcme['serves'] = async (wanted) => {
    const words = textOf(wanted);
    await waitFor(async () => textOf(await serving()) === words, { what: `ready pods: ${words}`, show: serving });
  };
  if (stands) {
    await acme.deploysFirst();
    await serves({ 'app:v1': 5 });
  }
  const owned = stack.move();
  return {
    ...acme,
    serves,
    async pausesAt(step) {
      const status = async () => (await read<Rollout>(space, 'rollouts', 'shop')).status?.canaryStatus;
      const isThere = async () => {
        const found = await status();
        return found?.currentStepIndex === step && found.currentStepState === 'StepPaused';
      };
      await waitFor(isThere, { what: `the engine to wait at step ${step}`, show: status });
    },
    async delivers() {
      const isDone = async () => (await acme.scheduled()).outputs['reason'] === 'DELIVERED';
      await waitFor(isDone, { what: 'the end of the release', every: 2_000 });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function textOf(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).toSorted(([one], [other]) => one.localeCompare(other));
  return sorted.map(([image, count]) => `${count} ${image}`).join(', ');
}
