import type { JsonMap } from '../../../src/simulator/api/json.ts';
import { type Opened, opened, SPACE, stateLine } from './replay.ts';

export type Version = 'v1.1.0' | 'v1.1.13';

/** An AppRollout as a person writes it: `app-v1>app-v2 5 [1,2,2] 0`, pair, size, batches, partition; `-` for no size or partition. */
export function rollout(text: string, more: JsonMap = {}): JsonMap {
  const found = /^(\S*)>(\S+) (-|\d+) \[([^\]]*)\](?: (\d+))?$/.exec(text);
  const [, source = '', target = '', size = '-', batches = '', partition] = found ?? [];
  if (found === null) throw new Error(`not a rollout: ${text}`);
  const amount = (one: string) => (one.endsWith('%') ? one : Number(one));
  return {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'AppRollout',
    metadata: { name: 'demo' },
    spec: {
      targetAppRevisionName: target,
      ...(source === '' ? {} : { sourceAppRevisionName: source }),
      componentList: ['web'],
      rolloutPlan: {
        rolloutBatches: batches.split(',').map((one) => ({ replicas: amount(one.trim()) })),
        ...(size === '-' ? {} : { targetSize: Number(size) }),
        ...(partition === undefined ? {} : { batchPartition: Number(partition) }),
        ...more,
      },
    },
  };
}

export interface Scene {
  readonly model: Opened;
  /** Applies an Application with a component of that image, and waits for its revision. */
  app(image: string): void;
  /** Applies an AppRollout. The states from now on are those of `since`. */
  roll(text: string, more?: JsonMap): void;
  /** Lets everything come to rest. */
  rest(): void;
  /** Runs until the AppRollout is in a state that begins with this text. */
  until(state: string): void;
  /** The distinct states since the last `roll`, without the one before it. */
  since(): readonly string[];
  /** The size of each Deployment or CloneSet, `web-v1 4`. */
  sizes(): readonly string[];
  condition(type: string): string;
}

export function scene(version: Version, type: 'dep' | 'clone' | 'sts', seed = 1): Scene {
  const model = opened(version, seed);
  const { api } = model.cluster;
  let from = 0;
  const apply = (kind: string, object: JsonMap) =>
    api.apply(kind, SPACE, 'demo', object, { manager: 'user', force: true });
  return {
    model,
    app(image) {
      apply('Application', {
        apiVersion: 'core.oam.dev/v1beta1',
        kind: 'Application',
        metadata: { name: 'demo', annotations: { 'app.oam.dev/rollout-template': 'true' } },
        spec: { components: [{ name: 'web', type, properties: { image } }] },
      });
      model.timeline.advance(2000);
    },
    roll(text, more = {}) {
      from = model.states.length;
      apply('AppRollout', rollout(text, more));
    },
    rest: () => model.timeline.advance(60_000),
    until(state) {
      const came = model.timeline.until(() => model.state().startsWith(state), 60_000);
      if (!came) throw new Error(`never at ${state}, but at ${model.state()}`);
    },
    since: () => model.states.slice(from),
    sizes: () =>
      ['Deployment', 'CloneSet', 'StatefulSet'].flatMap((kind) =>
        api.list(kind, SPACE).map((one) => `${one.metadata.name} ${stateOf(one)}`),
      ),
    condition(type) {
      const found = model.rest().conditions.find((one) => one.startsWith(`${type}=`));
      return found?.slice(type.length + 1) ?? 'none';
    },
  };
}

function stateOf(workload: object): string {
  const { spec } = { spec: {}, ...workload };
  return String('replicas' in spec ? spec.replicas : '?');
}

/** The states of batches one after the other, as the tables of the upstream facts print them. */
export function batches(
  pair: string,
  total: number,
  steps: readonly { readonly at: number; readonly to: number; readonly ready?: number }[],
  {
    from = { up: 0, ready: 0 },
    last = true,
  }: { readonly from?: { up: number; ready: number }; readonly last?: boolean } = {},
): readonly string[] {
  let { up, ready } = from;
  return steps.flatMap(({ at, to, ready: next = to }, index) => {
    const line = (rolling: string, batch: string, moved: number, counted: number | null) =>
      `${rolling}/${batch} #${at} T=${total} up=${moved}${counted === null ? '' : ` rdy=${counted}`} (${pair})`;
    const rolling = (batch: string, moved: number, counted: number | null) =>
      line('rollingInBatches', batch, moved, counted);
    const isLast = last && index === steps.length - 1;
    const lines = [
      rolling('batchInitializing', up, ready),
      rolling('batchInRolling', up, ready),
      rolling('batchVerifying', to, null),
      rolling('batchFinalizing', to, next),
      ...(isLast
        ? [line('finalising', 'batchReady', to, next), line('rolloutSucceed', 'batchReady', to, next)]
        : [rolling('batchReady', to, next)]),
    ];
    [up, ready] = [to, next];
    return lines;
  });
}

/** The states from the begin of a rollout to its first batch. */
export function opening(pair: string, total: number, first: 'new' | 'again' | 'midway' = 'again'): readonly string[] {
  const reset = (state: string, of: string) => `${state}/batchInitializing #0 T=-1 up=0 rdy=0 (${of})`;
  return [
    ...(first === 'new' ? ['unseen'] : []),
    ...(first === 'midway' ? [reset('locatingTargetApp', pair)] : []),
    reset('verifyingSpec', first === 'new' ? '>' : pair),
    `initializing/batchInitializing #0 T=${total} up=0 rdy=0 (${pair})`,
  ];
}

export { stateLine };
