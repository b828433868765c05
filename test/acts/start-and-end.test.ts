import { expect, test } from 'vitest';
import { config } from './files.ts';
import { type RunOptions, type Shop, shopWith } from './shop.ts';

const more = ['startWhen: [approval]', 'doneWhen: [approval]'];
const files = { 'stepgate.yaml': config({ more }) };
const named = {
  'stepgate.yaml': config({ more, steps: ['{ name: start, replicas: 1 }', '{ name: end, replicas: 100% }'] }),
};
const inWorkflow: RunOptions = { workflow: { id: '70' } };

/** v2 waits for the approval of its start. */
async function asked(steps_: typeof files = files): Promise<Shop> {
  const shop = await shopWith(['v1'], { files: steps_ });
  shop.push('v2');
  expect(await shop.person('ci')('deploy')).toMatchObject({ exit: 0, code: 'START_GATE_SHUT' });
  return shop;
}

/** What the report of status tells a person to type. */
async function advised(shop: Shop): Promise<string> {
  const { delivery } = await shop.person('ci')('status');
  return delivery?.todo?.replace('stepgate ', '') ?? '';
}

test.for([
  ['start', 'end', files],
  ['0', '3', named],
] as const)('what status advises opens the start (%s) and the end (%s) in a workflow', async ([start, end, steps_]) => {
  using shop = await asked(steps_);
  const ada = shop.person('ada');
  const toStart = await advised(shop);
  expect(toStart).toBe(`promote --delivery shop --release ${shop.record().release?.id} --step ${start}`);
  expect(await ada(toStart, inWorkflow)).toMatchObject({ exit: 0 });
  expect(await shop.person('ci')('tick --until done --timeout 1m')).toMatchObject({
    code: 'TIMEOUT',
    state: 'waiting',
  });
  expect(shop.pods()).toBe('v1:3 v2:1');
  // The release has begun: an approval of its start is about nothing any more.
  expect(await ada(toStart, inWorkflow)).toMatchObject({ exit: 4, code: 'STEP_CHANGED' });
  const toOne = await advised(shop);
  expect(toOne).toMatch(/ --step 1$/);
  expect(await ada(toOne, inWorkflow)).toMatchObject({ exit: 0 });
  await shop.person('ci')('tick --until done --timeout 1m');
  const toEnd = await advised(shop);
  expect(toEnd).toMatch(new RegExp(` --step ${end}$`));
  expect(await ada(toEnd, inWorkflow)).toMatchObject({ exit: 0, code: 'DELIVERED' });
});

test.for([
  ['--step start', { exit: 0, steps: [0] }],
  ['--step 0', { exit: 0, steps: [0] }],
  ['--step 1', { exit: 4, code: 'STEP_CHANGED', steps: [] }],
  ['--step end', { exit: 4, code: 'STEP_CHANGED', steps: [] }],
  ['--step 3', { exit: 4, code: 'STEP_CHANGED', steps: [] }],
  ['--step 4', { exit: 2, code: 'STEP_UNKNOWN', steps: [] }],
  ['--step -1', { exit: 2, code: 'STEP_UNKNOWN', steps: [] }],
  ['--step 1 --to start', { exit: 4, code: 'STEP_CHANGED', steps: [] }],
  ['--step 0 --to start', { exit: 2, code: 'STEP_UNKNOWN', steps: [] }],
  ['--step 0 --to 0', { exit: 2, code: 'STEP_UNKNOWN', steps: [] }],
  ['--step 0 --to end', { exit: 2, code: 'STEP_UNKNOWN', steps: [] }],
  ['--step 0 --to 3', { exit: 2, code: 'STEP_UNKNOWN', steps: [] }],
] as const)('before the start, promote %s', async ([line, { steps, ...wanted }]) => {
  using shop = await asked();
  const told = await shop.person('ada')(`promote --release ${shop.record().release?.id} ${line}`, inWorkflow);
  expect(told).toMatchObject(wanted);
  expect(shop.record().approvals.map(({ step }) => step)).toEqual(steps);
});

test('a step of the name start is not the start', async () => {
  using shop = await asked(named);
  const ada = shop.person('ada');
  expect(await ada('promote --step start')).toMatchObject({ exit: 4, code: 'STEP_CHANGED' });
  await ada('promote --step 0');
  await shop.person('ci')('tick --until done --timeout 1m');
  expect(await ada('promote --step end')).toMatchObject({ exit: 4, code: 'STEP_CHANGED' });
  expect(await ada('promote --step start')).toMatchObject({ exit: 0 });
});

test('a step that is unknown is answered with all that can be named', async () => {
  using shop = await asked();
  const { error } = await shop.person('ada')('promote --step most');
  expect(error?.hint).toBe('known: start, 1 one, 2 all, end');
});
