import { expect } from 'vitest';
import type { ReleaseRecord } from '../../src/release/record.ts';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { parseRecord } from '../../src/release/record-text.ts';
import { pods, type Rollout, read, type StepStatus, tally, waitFor } from './fixture.ts';
import { type Ended, type Shop, type ShopOptions, shop } from './shop.ts';
import { type Witness, witness } from './witness.ts';

/** Where scenarios begin, and what they look at. */

export type Watched = Shop & { readonly seen: Witness };

/** A shop that serves v1. */
export async function served(options: ShopOptions = {}): Promise<Shop> {
  const it = await shop(options);
  const first = await it.stepgate('deploy');
  expect(outcome(first), first.delivery.message).toEqual([0, 'done', 'FIRST_DEPLOY', undefined]);
  return it;
}

/** A shop that serves v1, with v2 waiting at step 1: of 20, 60, 100 % where nothing else is said. */
export async function waiting(options: ShopOptions = {}): Promise<Watched> {
  const it = await served(options);
  const seen = await witness(it);
  await it.release('app:v2');
  const deployed = await it.stepgate('deploy');
  expect(outcome(deployed), deployed.delivery.message).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  expect(seen.most('app:v2')).toBe(1);
  return {
    ...it,
    seen,
    async [Symbol.asyncDispose]() {
      await seen[Symbol.asyncDispose]();
      await it[Symbol.asyncDispose]();
    },
  };
}

/** What a person looks at: exit code, state, reason, step. */
export function outcome({ code, delivery }: Ended) {
  return [code, delivery.state, delivery.reason, delivery.step?.index] as const;
}

export function rollout(it: Shop): Promise<Rollout> {
  return read<Rollout>(it.namespace, 'rollouts', 'shop');
}

/** Waits until the engine waits at the step, for whatever template is in the workload now. */
export async function paused(it: Shop, step: number): Promise<void> {
  let quiet = 0;
  await waitFor(
    async () => {
      const { status } = await rollout(it);
      const sub: (StepStatus & { readonly observedWorkloadGeneration?: number }) | undefined =
        status?.canaryStatus ?? status?.blueGreenStatus;
      const here =
        sub?.currentStepIndex === step &&
        sub.currentStepState === 'StepPaused' &&
        status?.message?.includes('manually confirm') === true &&
        sub.observedWorkloadGeneration === (await generationOf(it));
      quiet = here ? quiet + 1 : 0;
      return quiet > 3;
    },
    { what: `step ${step}`, show: () => rollout(it) },
  );
}

export async function generationOf(it: Shop): Promise<number> {
  return (await read<Rollout>(it.namespace, it.resource, 'shop')).metadata.generation;
}

/** Promotes from the step to the end, and follows until the release is delivered. */
export async function walk(it: Shop, from: number, to: number): Promise<void> {
  for (let step = from; step <= to; step += 1) {
    const promoted = await it.stepgate('promote', '--step', String(step));
    expect([promoted.code, promoted.delivery.error], promoted.stderr).toEqual([0, null]);
    const followed = await it.stepgate('deploy');
    if (step < to) expect(outcome(followed)).toEqual([0, 'waiting', 'GATE_SHUT', step + 1]);
    else expect(outcome(followed)).toEqual([0, 'done', 'DELIVERED', undefined]);
  }
}

/** Names of the pods that serve or start. */
export async function podNames(it: Shop): Promise<readonly string[]> {
  return (await pods(it.namespace)).map(({ metadata }) => metadata.name).sort();
}

/** Pods by image. */
export async function images(it: Shop): Promise<Readonly<Record<string, number>>> {
  const all = await pods(it.namespace);
  const names = new Set(all.flatMap(({ spec }) => spec.containers.map(({ image }) => image)));
  return Object.fromEntries([...names].map((image) => [image, tally(all, image).all]));
}

/** The rollout-id label: what is live. */
export async function liveId(it: Shop): Promise<string | undefined> {
  const { metadata } = await read<{ metadata: { labels: Record<string, string> } }>(it.namespace, it.resource, 'shop');
  return metadata.labels['rollouts.kruise.io/rollout-id'];
}

export async function recordOf(it: Shop): Promise<ReleaseRecord> {
  const { metadata } = await read<{ metadata: { annotations: Record<string, string> } }>(
    it.namespace,
    'rollouts',
    'shop',
  );
  return parseRecord(metadata.annotations[RECORD_ANNOTATION] ?? null);
}

/** A file as the repository's head has it. */
export async function fileOf(it: Shop, file: string): Promise<string> {
  return `${await it.repo.git('show', `HEAD:${file}`)}\n`;
}
