import { describe, expect, test } from 'vitest';
import { parser } from './command-lines.ts';
import { firstHour } from './first-hour.ts';
import { shapes } from './shapes.ts';

describe('from init to a release that was delivered, and one that was rolled back:', () => {
  test.each(shapes)('$title', async ({ files, namespace, sparse, deliveries, workload }) => {
    const [name] = deliveries;
    await using hour = await firstHour(files('v1'), sparse === undefined ? {} : { sparse });
    const { config } = await hour.init(namespace === undefined ? {} : { namespace: [namespace] });
    const made = parser.resolve({ file: 'stepgate.yaml', text: config }, []).deliveries.map((one) => one.name);
    expect(made.toSorted()).toEqual(deliveries.toSorted());

    await hour.push();
    const plan = await hour.stepgate('plan --offline');
    expect(plan.deliveries.map(({ error }) => error)).toEqual(deliveries.map(() => null));
    const image = () => hour.image(workload.kind, workload.namespace, workload.name);
    expect(await hour.deliver(name)).toMatchObject({ exit: 0, state: 'done' });
    expect(image()).toBe('app:v1');

    await hour.push(files('v2'));
    expect(await hour.deliver(name)).toMatchObject({ exit: 0, state: 'done' });
    expect(image()).toBe('app:v2');

    await hour.push(files('v3'));
    await hour.stepgate(`deploy --delivery ${name}`);
    // The release of a single pod waits at its start.
    if (image() !== 'app:v3') await hour.stepgate(`promote --delivery ${name}`);
    expect(image()).toBe('app:v3');
    const back = await hour.stepgate(`rollback --reason slow --delivery ${name} --also`);
    expect(back).toMatchObject({ exit: 0, state: 'rolledBack' });
    expect(image()).toBe('app:v2');
  });
});
