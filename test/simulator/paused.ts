import { numberAt, stringAt } from '../../src/release/json.ts';
import type { Kind, ObjectRef } from '../../src/release/ports.ts';
import type { EmbeddedCluster } from '../../src/simulator/cluster.ts';
import type { VirtualTimeline } from '../../src/simulator/time.ts';

export const rollouts: Kind = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  plural: 'rollouts',
  namespaced: true,
};

/** A Deployment of five pods whose v2 the engine holds at step 1 of 2, written past any client. */
export function atStepPaused({ api }: EmbeddedCluster, timeline: VirtualTimeline): ObjectRef {
  const metadata = { namespace: 'shop', name: 'shop' };
  const by = { manager: 'tests' };
  const template = (image: string) => ({
    metadata: { labels: { app: 'shop' } },
    spec: { containers: [{ name: 'main', image }] },
  });
  const spec = { replicas: 5, selector: { matchLabels: { app: 'shop' } }, template: template('app:v1') };
  api.create('Deployment', { metadata, spec }, by);
  const steps = [{ replicas: '20%' }, { replicas: '100%' }].map((step) => ({ ...step, pause: {} }));
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
  api.create('Rollout', { metadata, spec: { workloadRef, strategy: { canary: { steps } } } }, by);
  const live = () => api.get('Rollout', 'shop', 'shop');
  const reached = (what: string, is: () => boolean) => {
    if (!timeline.until(is, 60_000)) throw new Error(`${what} was not reached: ${JSON.stringify(live())}`);
  };
  reached('Healthy', () => stringAt(live(), 'status', 'phase') === 'Healthy');
  timeline.advance(5_000);
  api.patch('Deployment', 'shop', 'shop', { spec: { template: template('app:v2') } }, { ...by, type: 'merge' });
  reached('step 1', () => stringAt(live(), 'status', 'canaryStatus', 'currentStepState') === 'StepPaused');
  // Beyond the write of the message, until nothing is under way.
  timeline.advance(5_000);
  if (numberAt(live(), 'status', 'canaryStatus', 'currentStepIndex') !== 1) throw new Error('not at step 1');
  return { kind: rollouts, namespace: 'shop', name: 'shop' };
}
