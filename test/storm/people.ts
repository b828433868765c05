import type { Given } from '../../src/commands/options.ts';
import { textAt } from '../../src/rehearsal/api/json.ts';
import type { Action, Deed, Meddling } from './case.ts';
import { isBlueGreen, isReadyPod, notedIn, planIn, pointOf, versionOf, wantedVersion } from './facts.ts';
import { acting, authored } from './ports.ts';
import { imageIn, manifests } from './source.ts';
import type { Asked, World } from './world.ts';

/** What an action asks of stepgate now; null where it is no command. */
export function askedBy(world: World, action: Action): Asked | null {
  const { who } = action;
  const plain = (given: Given): Omit<Asked, 'command' | 'fault'> => ({ who, given, means: null });
  switch (action.do) {
    case 'deploy': {
      const [older = null] = world.remote.at(world.remote.tip).parents;
      const given = {
        until: [action.until],
        timeout: ['2m'],
        ...(action.older && older !== null ? { at: [older] } : {}),
        ...(action.takeOver ? { 'take-over': ['kubectl'] } : {}),
      };
      return { command: 'deploy', fault: action.fault, ...plain(given) };
    }
    case 'promote':
      return promotion(world, action);
    case 'tick': {
      const given = { until: [action.until], timeout: ['2m'], method: [action.method] };
      return { command: 'tick', fault: action.fault, ...plain(given) };
    }
    case 'rollback':
      return { command: 'rollback', fault: action.fault, ...plain({ reason: ['bad'], timeout: ['2m'] }) };
    case 'hold':
    case 'resume':
      return { command: action.do, fault: action.fault, ...plain({}) };
    case 'push':
    case 'remote':
    case 'lose':
    case 'foreign':
      return null;
  }
}

function promotion(world: World, action: Action & { readonly do: 'promote' }): Asked {
  const { store } = world.cluster.api;
  const rollout = store.get('Rollout', 'shop', 'shop');
  const point = pointOf(rollout);
  const here = Math.max(1, point.step);
  const named = ['step', 'both'].includes(action.names)
    ? here
    : action.names === 'next'
      ? here + 1
      : action.names === 'wrong step'
        ? here - 1
        : null;
  const steps = world.policy().steps.length;
  const step = named === null || named < 1 || named > steps ? null : named;
  const release =
    action.names === 'both'
      ? (notedIn(rollout).release?.id ?? null)
      : action.names === 'wrong release'
        ? '0123456789-01234567'
        : null;
  const to = action.jump === null ? null : Math.min(steps, Math.max(1, here + action.jump));
  const given = {
    method: [action.method],
    timeout: ['2m'],
    ...(step === null ? {} : { step: [String(step)] }),
    ...(release === null ? {} : { release: [release] }),
    ...(to === null ? {} : { to: [String(to)] }),
    ...(action.force ? { force: ['true'] } : {}),
  };
  const means = { release, step, to, force: action.force };
  return { command: 'promote', who: action.who, given, means, fault: action.fault };
}

/** What people do without stepgate. */
export function meddle(world: World, deed: Deed): void {
  switch (deed.do) {
    case 'push':
      push(world, deed.what);
      return;
    case 'remote':
      world.remote.away = deed.is === 'away';
      if (deed.is === 'back') world.remote.refusals = 0;
      if (deed.is === 'refusing') world.remote.refusals = 2;
      return;
    case 'lose':
      lose(world, deed.times);
      return;
    case 'foreign':
      foreign(world, deed.what);
      return;
    case 'deploy':
    case 'promote':
    case 'tick':
    case 'rollback':
    case 'hold':
    case 'resume':
      return;
  }
}

function push(world: World, what: (Deed & { readonly do: 'push' })['what']): void {
  const { remote } = world;
  const { files } = remote.at(remote.tip);
  const delivery = world.policy();
  const shop = files['deploy/shop.json'] ?? '';
  const replicas = Number(/"replicas":(\d+)/.exec(shop)?.[1] ?? 1);
  const version = Number(/app\/v(\d+)/.exec(shop)?.[1] ?? 1);
  switch (what) {
    case 'good':
    case 'broken': {
      const highest = Number(files['highest'] ?? version) + 1;
      const image = `app/v${highest}:${what === 'good' ? 'ok' : 'broken'}`;
      remote.commit(image, { 'deploy/shop.json': manifests(delivery, image, replicas), highest: String(highest) });
      return;
    }
    case 'docs':
      remote.commit('docs', { README: String(world.now()) });
      return;
    case 'older': {
      const [parent = null] = remote.at(remote.tip).parents;
      const image = parent === null ? '' : imageIn(remote.at(parent).files);
      if (image !== '') remote.commit(`again ${image}`, { 'deploy/shop.json': manifests(delivery, image, replicas) });
      return;
    }
    case 'plan': {
      const steps = delivery.steps.map((step, index) =>
        index === 0 && step.replicas.unit === 'percent' && step.replicas.value < 100
          ? { ...step, replicas: { ...step.replicas, value: Math.max(10, step.replicas.value - 10) } }
          : step,
      );
      remote.commit('another plan', { 'stepgate.yaml': JSON.stringify({ ...delivery, steps }) });
    }
  }
}

/** The engine's next write undoes an approval by status, so often: a pass that began before writes over it (E4). */
function lose(world: World, times: number): void {
  const { cluster, stage, observer } = world;
  let left = times;
  const unlisten = cluster.api.store.listen((change) => {
    if (change.kind !== 'Rollout' || change.old === undefined || !stage.actor.startsWith('run ')) return;
    const [is, was] = [pointOf(change.object), pointOf(change.old)];
    if (was.state !== 'StepPaused' || (is.state !== 'StepReady' && is.next === was.next)) return;
    const { old } = change;
    left -= 1;
    if (left === 0) unlisten();
    cluster.world.timeline.after(1, () => {
      const live = cluster.api.store.get('Rollout', 'shop', 'shop');
      if (live === undefined || pointOf(live).state === 'Completed' || pointOf(live).step !== was.step) return;
      const status = (old as { readonly status?: unknown }).status;
      const { resourceVersion: _version, ...metadata } = live.metadata;
      acting(stage, 'engine', () =>
        cluster.api.update(
          'Rollout',
          { ...live, metadata, status },
          { manager: 'kruise-rollout', subresource: 'status' },
        ),
      );
      observer.counts.lost += 1;
    });
  });
}

/** What somebody does to the cluster without stepgate. */
export function foreign(world: Pick<World, 'cluster' | 'stage' | 'now' | 'clock' | 'log'>, what: Meddling): void {
  const { cluster, stage } = world;
  const now = () => Math.floor(world.now());
  const api = authored(cluster.api, stage, 'person');
  const rollout = api.store.get('Rollout', 'shop', 'shop');
  const workload = api.store.get('Deployment', 'shop', 'shop');
  if (rollout === undefined || workload === undefined) return;
  world.log.push(`${world.clock()} somebody: ${what}`);
  const point = pointOf(rollout);
  const edit = (kind: string, patch: unknown[], subresource: 'status' | null = null) => {
    try {
      api.patch(kind, 'shop', 'shop', patch as never, { type: 'json', manager: 'kubectl', subresource });
    } catch (error) {
      world.log.push(`  refused: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const strategy = isBlueGreen(rollout) ? 'blueGreen' : 'canary';
  const sub = isBlueGreen(rollout) ? 'blueGreenStatus' : 'canaryStatus';
  const plan = planIn(rollout);
  const stepPath = (step: number) => `/spec/strategy/${strategy}/steps/${step - 1}`;
  switch (what) {
    case 'image':
      edit('Deployment', [
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: `app/by-hand-${now() % 1000}:ok` },
      ]);
      return;
    case 'restart':
      edit('Deployment', [
        {
          op: 'add',
          path: '/spec/template/metadata/annotations',
          value: { 'kubectl.kubernetes.io/restartedAt': new Date(now()).toISOString() },
        },
      ]);
      return;
    case 'approve':
      if (point.state !== 'StepPaused') return;
      edit('Rollout', [{ op: 'replace', path: `/status/${sub}/currentStepState`, value: 'StepReady' }], 'status');
      return;
    case 'pause':
    case 'unpause':
      edit('Rollout', [{ op: 'add', path: '/spec/strategy/paused', value: what === 'pause' }]);
      return;
    case 'zero pause': {
      const step = 1 + (now() % Math.max(1, plan.length));
      edit('Rollout', [{ op: 'replace', path: `${stepPath(step)}/pause`, value: { duration: 0 } }]);
      return;
    }
    case 'later step':
      edit('Rollout', [{ op: 'replace', path: `${stepPath(plan.length)}/replicas`, value: '90%' }]);
      return;
    case 'this step down':
      edit('Rollout', [{ op: 'replace', path: `${stepPath(Math.max(1, point.step))}/replicas`, value: '10%' }]);
      return;
    case 'scale':
      edit('Deployment', [{ op: 'replace', path: '/spec/replicas', value: 2 + (now() % 4) }]);
      return;
    case 'unlabel':
      edit('Deployment', [{ op: 'remove', path: '/metadata/labels/rollouts.kruise.io~1workload-type' }]);
      return;
    case 'kill pod': {
      const [pod] = api.store.list('Pod', 'shop');
      if (pod !== undefined) api.remove('Pod', 'shop', pod.metadata.name);
      return;
    }
    case 'pod down': {
      const wanted = wantedVersion(workload);
      const pods = api.store.list('Pod', 'shop').filter(isReadyPod);
      const pod = pods.find((one) => versionOf(one) === wanted) ?? pods[0];
      if (pod !== undefined) setReady(world, pod.metadata.name, false);
      return;
    }
    case 'pods up':
      mend(world);
      return;
  }
}

/** Every pod that somebody made unready is ready again. */
export function mend(world: Pick<World, 'cluster' | 'now'>): void {
  for (const pod of world.cluster.api.store.list('Pod', 'shop'))
    if (textAt(pod, 'status', 'phase') === 'Running' && !isReadyPod(pod)) setReady(world, pod.metadata.name, true);
}

function setReady(world: Pick<World, 'cluster' | 'now'>, name: string, ready: boolean): void {
  const { cluster, now } = world;
  const pod = cluster.api.get('Pod', 'shop', name);
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
  const lastTransitionTime = `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const { status } = pod as { readonly status?: { readonly conditions?: readonly { readonly type: string }[] } };
  const conditions = (status?.conditions ?? []).map((one) =>
    one.type === 'Ready' ? { ...one, status: ready ? 'True' : 'False', lastTransitionTime } : one,
  );
  cluster.api.update(
    'Pod',
    { ...pod, status: { ...status, conditions } },
    { manager: 'kubelet', subresource: 'status' },
  );
}
