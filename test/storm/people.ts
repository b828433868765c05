import type { Given } from '../../src/commands/input.ts';
import type { Condition } from '../../src/release/delivery.ts';
import { textAt } from '../../src/simulator/api/json.ts';
import type { Action, Deed, Meddling, Naming } from './case.ts';
import { byAda, byBoth } from './conditions.ts';
import { isBlueGreen, isReadyPod, type Named, notedIn, planIn, pointOf, versionOf, wantedVersion } from './facts.ts';
import { acting, authored } from './ports.ts';
import { editedRecord, recordKey } from './record-edits.ts';
import { imageIn, manifests } from './source.ts';
import { type Asked, plainly, type World } from './world.ts';

/** What an action asks of stepgate now; null where it is no command. */
export function askedBy(world: World, action: Action): Asked | null {
  const { who, skew, via } = action;
  const plain = (given: Given): Omit<Asked, 'command' | 'fault'> => ({ ...plainly, who, skew, via, given });
  switch (action.do) {
    case 'deploy': {
      const [older = null] = world.remote.at(world.remote.tip).parents;
      const given = {
        until: [action.until],
        timeout: ['2m'],
        ...(action.at === 'older' && older !== null ? { at: [older] } : {}),
        ...(action.at === 'aside' && world.remote.aside !== null ? { at: [world.remote.aside] } : {}),
        ...(action.takeOver ? { 'take-over': ['kubectl'] } : {}),
      };
      return { ...plain(given), command: 'deploy', fault: action.fault };
    }
    case 'promote':
      return promotion(world, action);
    case 'tick': {
      const given = { until: [action.until], timeout: ['2m'], method: [action.method] };
      return { ...plain(given), command: 'tick', fault: action.fault };
    }
    case 'rollback': {
      const [release, to] = [named(world, action.release), named(world, action.to)];
      const given = {
        reason: ['bad'],
        timeout: ['2m'],
        ...(release === null ? {} : { release: [release] }),
        ...(to === null ? {} : { to: [to] }),
        ...(action.undo ? { undo: ['true'] } : {}),
        ...(action.also ? { also: ['true'] } : {}),
      };
      const wants = { act: 'rollback', release: release === 'live' ? null : release, to, undo: action.undo } as const;
      return { ...plain(given), command: 'rollback', fault: action.fault, wants };
    }
    case 'hold':
    case 'resume': {
      const release = named(world, action.release);
      const digest = entriesOf(world).find((one) => one.id === release)?.digest ?? null;
      const given = release === null ? {} : { release: [release] };
      return { ...plain(given), command: action.do, fault: action.fault, wants: { act: action.do, release, digest } };
    }
    case 'again': {
      const last = world.last();
      if (last === null) return null;
      return { ...last, who, skew, fault: action.fault, via: { ...last.via, attempt: last.via.attempt + 1 } };
    }
    case 'push':
    case 'remote':
    case 'lose':
    case 'foreign':
      return null;
  }
}

/** Every release that the record names, the newest first. */
function entriesOf({ cluster }: World): readonly Named[] {
  const { release, history, rollback } = notedIn(cluster.api.store.get('Rollout', 'shop', 'shop'));
  const around = rollback === null ? [] : [rollback.from, rollback.to, ...rollback.bad];
  return [...(release === null ? [] : [release]), ...history, ...around];
}

/** The id that somebody types, from what the record has at that moment; null for none. */
function named(world: World, naming: Naming): string | null {
  const { release, history, rollback } = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop'));
  switch (naming) {
    case 'none':
      return null;
    case 'live':
      return 'live';
    case 'rolled back':
      return rollback?.from.id ?? null;
    case 'stable':
      return history[0]?.id ?? null;
    case 'oldest':
      return history.at(-1)?.id ?? null;
    case 'asked':
      return release?.id ?? null;
    case 'unknown':
      return '0123456789-01234567';
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
    action.names === 'both' || (action.via === 'workflow' && action.names === 'step')
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
  const { who, skew, via, fault } = action;
  return { ...plainly, command: 'promote', who, skew, via, given, means, fault };
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
      if (deed.is === 'back' || deed.is === 'closed') world.remote.closed = deed.is === 'closed';
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
    case 'again':
      return;
  }
}

function push(world: World, what: (Deed & { readonly do: 'push' })['what']): void {
  const { rollback } = notedIn(world.cluster.api.store.get('Rollout', 'shop', 'shop'));
  if (rollback?.git === 'todo' && ['good', 'line', 'broken'].includes(what)) world.observer.counts.fixes += 1;
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
      return;
    }
    case 'line': {
      const line = `line-${Math.floor(world.now())}`;
      remote.commit(line, { 'deploy/shop.json': manifests(delivery, imageIn(files), replicas, line) });
      return;
    }
    case 'people': {
      const others = (conditions: readonly Condition[]) => conditions.map(byOthers);
      const steps = delivery.steps.map((step) => ({ ...step, leaveWhen: others(step.leaveWhen) }));
      const [startWhen, doneWhen] = [others(delivery.startWhen), others(delivery.doneWhen)];
      remote.commit('other people', { 'stepgate.yaml': JSON.stringify({ ...delivery, startWhen, steps, doneWhen }) });
      return;
    }
    case 'aside':
    case 'merge': {
      const highest = Number(files['highest'] ?? version) + 1;
      const content = {
        'deploy/shop.json': manifests(delivery, `app/v${highest}:ok`, replicas),
        highest: String(highest),
      };
      if (what === 'aside') remote.branch(`aside v${highest}`, content);
      else remote.merge('merge what was aside', content);
    }
  }
}

/** An approval that names people names others from now on, and back. */
function byOthers(condition: Condition): Condition {
  if (condition.kind !== 'approval' || condition.from.length === 0) return condition;
  const { name } = condition;
  if (!condition.from.includes('cid'))
    return { kind: 'approval', by: ['command'], notAuthor: false, notMerger: false, name, from: ['cid'], count: 1 };
  return name === byAda.name ? byAda : byBoth;
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
export function foreign(
  world: Pick<World, 'cluster' | 'stage' | 'now' | 'clock' | 'log' | 'remote'>,
  what: Meddling,
): void {
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
    case 'record':
    case 'newer record':
    case 'many holds': {
      const text = editedRecord(world, what, textAt(rollout, 'metadata', 'annotations', recordKey));
      if (text !== null)
        edit('Rollout', [
          { op: 'replace', path: `/metadata/annotations/${recordKey.replace('/', '~1')}`, value: text },
        ]);
      return;
    }
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
