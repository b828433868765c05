import { describe, expect, test } from 'vitest';
import { type Cluster, ClusterError } from '../../src/release/ports.ts';
import { crash } from './crash.ts';
import { config } from './files.ts';
import { type Shop, shopWith } from './shop.ts';

const steps = ['{ name: one, replicas: 2, leaveWhen: [approval] }', '{ name: all, replicas: 100% }'];

/** v2 waits at its first step with two pods, which crash; the events of the pods are in the cluster. */
async function crashed(): Promise<Shop> {
  const shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
  shop.push('v2');
  await shop.person('ci')('deploy');
  await shop.wait('1m');
  crash(shop, 'v2', 'backsOff');
  for (const name of newPods(shop)) event(shop, 'Pod', name, `Back-off restarting failed container in ${name}`);
  event(shop, 'Deployment', 'shop', 'Scaled up replica set');
  event(shop, 'Pod', 'another', 'of nobody here');
  return shop;
}

function newPods(shop: Shop): readonly string[] {
  return shop.cluster.api
    .list('Pod', 'shop')
    .filter((pod) => JSON.stringify(pod).includes('app:v2'))
    .map(({ metadata }) => metadata.name);
}

function event(shop: Shop, kind: string, name: string, message: string): void {
  const time = new Date(shop.cluster.world.timeline.now()).toISOString();
  const object = {
    metadata: { name: `${name}.${message.length}`, namespace: 'shop' },
    involvedObject: { kind, name, namespace: 'shop' },
    type: 'Warning',
    reason: 'BackOff',
    message,
    count: 3,
    lastTimestamp: time,
  };
  shop.cluster.api.create('Event', object as never, { manager: 'kubelet' });
}

/** The same cluster, whose containers have logged this, or whose server refuses. */
const logging =
  (log: string | ClusterError) =>
  (inner: Cluster): Cluster => ({
    ...inner,
    logs: async () => {
      if (log instanceof ClusterError) throw log;
      return log;
    },
  });

describe('status --logs', () => {
  test('without the flag asks for no log and no event', async () => {
    using shop = await crashed();
    const asked: string[] = [];
    const { delivery } = await shop.person('ci')('status', { asked });
    expect(delivery?.diagnosis).toBeNull();
    expect(asked.filter((one) => /logs|events/.test(one))).toEqual([]);
  });

  test('tells the log of the run that crashed and the events of pods and workload', async () => {
    using shop = await crashed();
    const asked: string[] = [];
    const through = logging('one\ntwo\n\npanic: no table\n');
    const { delivery } = await shop.person('ci')('status --logs', { asked, through });
    const [first, second] = newPods(shop);
    expect(delivery?.diagnosis?.missing).toEqual([]);
    const log = { container: 'main', previous: true, lines: ['one', 'two', 'panic: no table'] };
    expect(delivery?.diagnosis?.logs).toHaveLength(2);
    expect(delivery?.diagnosis?.logs).toEqual(expect.arrayContaining([first, second].map((pod) => ({ pod, ...log }))));
    expect(asked.filter((one) => one.startsWith('logs'))).toHaveLength(2);
    const events = delivery?.diagnosis?.events.map(({ object, count }) => `${object} ${count}`);
    const wanted = [`Pod ${first} 3`, `Pod ${second} 3`, 'Deployment shop 3'];
    expect(events?.toSorted()).toEqual(wanted.toSorted());
  });

  test('is bounded, and hides secrets', async () => {
    using shop = await crashed();
    const lines = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(5000)}`);
    const secrets = ['DB_PASSWORD=hunter22 failed', 'postgres://ada:s3cret@db/shop', 'invalid token: expired'];
    const through = logging([...lines, ...secrets].join('\n'));
    const { delivery } = await shop.person('ci')('status --logs', { through });
    const log = delivery?.diagnosis?.logs[0]?.lines ?? [];
    expect(log).toHaveLength(20);
    expect(Math.max(...log.map((line) => line.length))).toBeLessThan(410);
    const text = log.join('\n');
    expect(text).not.toMatch(/hunter22|s3cret/);
    expect(text).toMatch(/DB_PASSWORD=<hidden> failed/);
    expect(text).toContain('invalid token: expired');
  });

  test('says what to grant where logs may not be read, and tells the rest', async () => {
    using shop = await crashed();
    const through = logging(new ClusterError(403, 'Forbidden', 'pods "x" is forbidden'));
    const { exit, code, delivery } = await shop.person('ci')('status --logs', { through });
    expect([exit, code]).toEqual([0, 'PODS_NOT_READY']);
    expect(delivery?.diagnosis?.missing[0]).toContain("{ apiGroups: [''], resources: [pods/log], verbs: [get] }");
    expect(delivery?.diagnosis?.events).toHaveLength(3);
  });

  test('tells that a container has not run yet', async () => {
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
    shop.push('broken');
    await shop.person('ci')('deploy --timeout 1m');
    const { delivery } = await shop.person('ci')('status --logs');
    expect([delivery?.reason, delivery?.diagnosis]).toEqual([
      'POD_NOT_STARTING',
      { logs: [], events: [], missing: [] },
    ]);
  });

  test('asks nothing more where every pod is well', async () => {
    using shop = await shopWith(['v1'], { files: { 'stepgate.yaml': config({ steps }) } });
    const asked: string[] = [];
    const { delivery } = await shop.person('ci')('status --logs', { asked });
    expect(delivery?.diagnosis).toEqual({ logs: [], events: [], missing: [] });
    expect(asked.filter((one) => /logs|events/.test(one))).toEqual([]);
  });
});
