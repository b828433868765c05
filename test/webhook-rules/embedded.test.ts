import { expect, test } from 'vitest';
import { served } from '../simulator/fixture.ts';
import { answers } from './ask.ts';
import { rules } from './index.ts';

/** The model of the engine's webhook and schema answers every row as the engine does: test/control-plane/webhook-rules.test.ts asks that. */
test('the embedded API server answers every row with its text', async () => {
  await using it = await served();
  let made = 0;
  const namespace = async () => {
    made += 1;
    const name = `shop-${made}`;
    it.cluster.api.create('Namespace', { metadata: { name } }, { manager: 'tests' });
    return name;
  };
  const found = await answers({ to: it.server, namespace }, rules);
  expect(rules.map(({ rule }, index) => [rule, found[index]])).toEqual(rules.map(({ rule, engine }) => [rule, engine]));
});
