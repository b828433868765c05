import { at, isMap, listAt, mapAt, numberAt, textAt } from '../../src/simulator/api/json.ts';
import type { Thing } from '../../src/simulator/api/things.ts';
import type { Meddling } from './case.ts';
import { isBlueGreen, isReadyPod, planIn, pointOf, versionOf, wantedVersion } from './facts.ts';
import { meddleWithApplication } from './foreign-applications.ts';
import { beNeighbour, editSettings } from './foreign-settings.ts';
import { authored } from './ports.ts';
import { editedRecord, recordKey } from './record-edits.ts';
import type { World } from './world.ts';

/** What somebody does to the cluster without stepgate. */
export function foreign(
  world: Pick<World, 'cluster' | 'kind' | 'stage' | 'now' | 'clock' | 'log' | 'remote'>,
  what: Meddling,
): void {
  const { cluster, kind, stage } = world;
  const now = () => Math.floor(world.now());
  const api = authored(cluster.api, stage, 'person');
  const rollout = api.store.get('Rollout', 'shop', 'shop');
  const workload = api.store.get(kind, 'shop', 'shop');
  if (rollout === undefined || workload === undefined) return;
  world.log.push(`${world.clock()} somebody: ${what}`);
  const point = pointOf(rollout);
  const edit = (of: string, patch: unknown[], subresource: 'status' | null = null) => {
    try {
      api.patch(of, 'shop', 'shop', patch as never, { type: 'json', manager: 'kubectl', subresource });
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
      edit(kind, [
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: `app/by-hand-${now() % 1000}:ok` },
      ]);
      return;
    case 'restart':
      edit(kind, [
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
      // A DaemonSet has as many pods as there are nodes.
      if (at(workload, 'spec', 'replicas') === undefined) return;
      edit(kind, [{ op: 'replace', path: '/spec/replicas', value: 2 + (now() % 4) }]);
      return;
    case 'unlabel':
      edit(kind, [{ op: 'remove', path: '/metadata/labels/rollouts.kruise.io~1workload-type' }]);
      return;
    case 'kill pod': {
      const [pod] = api.store.list('Pod', 'shop');
      if (pod !== undefined) api.remove('Pod', 'shop', pod.metadata.name);
      return;
    }
    case 'drain': {
      const wanted = wantedVersion(workload);
      const pods = api.store.list('Pod', 'shop').filter((one) => versionOf(one) === wanted);
      for (const { metadata } of pods) api.remove('Pod', 'shop', metadata.name);
      return;
    }
    case 'crash':
      crash(world, workload);
      return;
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
    case 'application':
    case 'application published':
    case 'application id':
    case 'application touched':
    case 'application again':
    case 'application before':
    case 'unowned':
      meddleWithApplication(world, api, what);
      return;
    case 'edit settings':
    case 'edit other':
    case 'edit shared':
      editSettings(world, what);
      return;
    case 'neighbour newer':
    case 'neighbour older':
    case 'neighbour unknown':
    case 'neighbour claims':
    case 'neighbour leaves':
      beNeighbour(world, what);
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

/** A container of a pod of the wanted version ends and is started again at once. */
function crash(world: Pick<World, 'cluster' | 'now'>, workload: Thing): void {
  const { cluster, now } = world;
  const wanted = wantedVersion(workload);
  const pod = cluster.api.store.list('Pod', 'shop').find((one) => isReadyPod(one) && versionOf(one) === wanted);
  if (pod === undefined) return;
  const at_ = `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const containerStatuses = listAt(pod, 'status', 'containerStatuses').map((one) => ({
    ...(isMap(one) ? one : {}),
    restartCount: numberAt(one, 'restartCount') + 1,
    state: { running: { startedAt: at_ } },
    lastState: { terminated: { finishedAt: at_, exitCode: 1, reason: 'Error' } },
  }));
  const status = { ...mapAt(pod, 'status'), containerStatuses };
  cluster.api.update('Pod', { ...pod, status }, { manager: 'kubelet', subresource: 'status' });
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
