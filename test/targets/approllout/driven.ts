import type { Change, OneWrite } from '../../../src/release/change.ts';
import type { Delivery } from '../../../src/release/delivery.ts';
import { type JsonObject, stringAt } from '../../../src/release/json.ts';
import type { Observation, Snapshot } from '../../../src/release/observation.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import type { Rendered } from '../../../src/release/target.ts';
import { clean } from '../../../src/simulator/api/json.ts';
import { asMap } from '../../../src/simulator/api/things.ts';
import type { VelaVersion } from '../../../src/simulator/approllout/index.ts';
import { createCluster } from '../../../src/simulator/cluster.ts';
import { virtualTimeline } from '../../../src/simulator/time.ts';
import { velaAppRollout } from '../../../src/targets/approllout/index.ts';
import { count } from '../../../src/targets/kruise/pods.ts';
import { application } from './fixture.ts';
import { line } from './followed.ts';

const kindIn = (object: KubeObject) => stringAt(object, 'kind') ?? '';
const nameIn = (object: KubeObject) => stringAt(object, 'metadata', 'name') ?? '';

/** stepgate's reads and writes of one delivery on the model of KubeVela, without the commands that decide on them. */
export interface Driven {
  /** Puts the version of an image into the Application; its release. */
  write(image: string, commit: string, component?: JsonObject): Rendered;
  /** Applies an object; ada does it beside stepgate. */
  put(object: KubeObject, manager?: 'stepgate' | 'ada'): void;
  snapshot(): Snapshot;
  see(): Observation;
  /** The engine, and the new pods. */
  line(): string;
  /** Lets time pass until the line is this one. */
  until(wanted: string, seconds?: number): void;
  wait(seconds: number): void;
  /** Writes what `first` answers until there is an AppRollout. */
  begin(rendered: Rendered): void;
  change(decision: OneWrite, jumpTo?: number | null): Change;
  send(change: Change): void;
  aim(id: string, back?: boolean): void;
  approve(step: number): void;
  revert(image: string, id: string): void;
  /** A first deploy to its end; its id. */
  deployed(image: string, commit: string): string;
  /** A release aimed, up to its first wait; its id. */
  started(image: string, commit: string): string;
  patch(kind: string, name: string, body: JsonObject): void;
  /** The fewest ready pods of an image while something is done. */
  fewest(image: string, act: () => void): number;
}

const types: Readonly<Record<string, string>> = { CloneSet: 'clone', StatefulSet: 'sts', Deployment: 'webservice' };
export const commits = { v1: '1'.repeat(40), v2: '2'.repeat(40), v3: '3'.repeat(40) };

export function driven(
  of: Delivery,
  { version = 'v1.1.13', seed = 1, replicas = 5 }: { version?: VelaVersion; seed?: number; replicas?: number } = {},
): Driven {
  const timeline = virtualTimeline(Date.parse('2026-11-25T10:00:00Z'));
  const { api } = createCluster({ timeline, seed, approllout: version });
  const { namespace, workload } = of;
  const get = (kind: string, name: string): KubeObject | null => {
    const found = api.get(kind, namespace, name);
    return found === undefined ? null : asMap(found);
  };
  const all = (kind: string): readonly KubeObject[] => api.list(kind, namespace).map((one) => asMap(one));
  const carrier = () => get('Application', 'site');
  const rollout = () => get('AppRollout', workload.name);
  const rendered = (image: string, commit: string, component: JsonObject = {}) =>
    velaAppRollout.render(
      of,
      commit,
      [
        application({
          type: types[workload.kind] ?? '',
          properties: { image: `app:${image}`, replicas },
          ...component,
        }),
      ],
      1,
    );
  const apply = (object: KubeObject, manager = 'stepgate') =>
    void api.apply(kindIn(object), namespace, nameIn(object), object, { manager, force: true });

  const self: Driven = {
    write(image, commit, component) {
      const made = rendered(image, commit, component);
      if (made.carrier !== null) apply(made.carrier);
      return made;
    },
    put: apply,
    snapshot: () => ({
      takenAt: new Date(timeline.now()),
      rollout: rollout(),
      carrier: carrier(),
      workload: workload.kind === 'Deployment' ? null : get(workload.kind, workload.name),
      beside: workload.kind === 'Deployment' ? all('Deployment') : [],
      pods: all('Pod'),
    }),
    see: () => velaAppRollout.observe(of, self.snapshot()),
    line: () => line({ seen: self.see() }),
    until(wanted, seconds = 60) {
      if (timeline.until(() => self.line() === wanted, seconds * 1000)) return;
      throw new Error(`it is ${self.line()}, not ${wanted}`);
    },
    wait: (seconds) => timeline.advance(seconds * 1000),
    begin(made) {
      for (let tries = 0; rollout() === null; tries += 1) {
        if (tries > 100) throw new Error('there is no AppRollout');
        const first = velaAppRollout.first(of, made, { rollout: null, written: carrier(), workload: null });
        if (first.is === 'apply') apply(first.object);
        else if (first.is === 'after the carrier') apply(first.carrier);
        else timeline.advance(100);
      }
    },
    change(decision, jumpTo = null) {
      const live = rollout();
      if (live === null) throw new Error('there is no AppRollout');
      return velaAppRollout.change(decision, {
        delivery: of,
        rollout: live,
        written: carrier(),
        method: 'plan',
        jumpTo,
      });
    },
    send(change) {
      if (change.do === 'remove') return void api.remove(change.ref.kind.kind, namespace, change.ref.name);
      if (change.do !== 'patch') throw new Error('stepgate applies no AppRollout in the middle');
      const { ref, body, manager } = change;
      api.patch(ref.kind.kind, namespace, ref.name, clean(body), { manager, type: 'json' });
    },
    aim: (id, back = false) => self.send(self.change({ do: 'aim', release: id, back, why: 'why' })),
    approve: (step) => self.send(self.change({ do: 'advance', release: 'r', step, why: 'why' })),
    revert(image, id) {
      const live = carrier();
      if (live === null) throw new Error('there is no Application');
      const before = rendered(image, commits.v1).carrier;
      const kept = velaAppRollout.keptTemplate(
        of,
        { written: live, revisions: all('ApplicationRevision') },
        { template: velaAppRollout.templateHash(of, before ?? {}), revision: null },
      );
      if (kept === null) throw new Error(`KubeVela has no revision of ${image}`);
      const body = velaAppRollout.patches.revert(of, live, kept, id);
      api.patch('Application', namespace, nameIn(live), clean(body), { manager: 'stepgate', type: 'json' });
    },
    deployed(image, commit) {
      const made = rendered(image, commit);
      self.begin(made);
      timeline.until(() => self.see().carrier?.waitsForAim === true, 20_000);
      self.aim(made.release.id);
      self.until(`idle of ${made.release.id} (fresh); 0 new of ${replicas}`);
      return made.release.id;
    },
    started(image, commit) {
      const { release } = self.write(image, commit);
      if (!timeline.until(() => self.see().carrier?.waitsForAim === true, 20_000)) throw new Error('no revision');
      self.aim(release.id);
      return release.id;
    },
    patch: (kind, name, body) => void api.patch(kind, namespace, name, body, { manager: 'ada', type: 'merge' }),
    fewest(image, act) {
      const isOf = (pod: KubeObject) => stringAt(pod, 'spec', 'containers', 0, 'image') === `app:${image}`;
      const ready = () => count(all('Pod').filter(isOf)).ready;
      let least = ready();
      const stop = api.store.listen(() => {
        least = Math.min(least, ready());
      });
      act();
      stop();
      return least;
    },
  };
  return self;
}
