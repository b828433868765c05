import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { quietOf, slotsOf, turnsOf } from '../../src/commands/slots.ts';

const { signal } = new AbortController();
/** A clock on which no time passes. */
const still = {
  now: () => new Date(0),
  sleep: (_: number, over: AbortSignal) =>
    new Promise<void>((_resolve, reject) => over.addEventListener('abort', () => reject(over.reason))),
};

/** Deliveries with a slot each while they work, and a forge that notes what is asked in one turn. */
function fleet(count: number, clock: Parameters<typeof quietOf>[1]['clock'] = still) {
  const slots = slotsOf(count);
  const quiet = quietOf(slots, { clock, signal });
  const asked: string[][] = [];
  let isNew = true;
  let working = 0;
  let most = 0;
  const forge = async (what: string) => {
    if (isNew) asked.push([]);
    asked.at(-1)?.push(what);
    isNew = false;
    await turn();
    isNew = true;
  };
  async function works(turns: number) {
    working += 1;
    most = Math.max(most, working);
    for (let index = 0; index < turns; index += 1) await turn();
    working -= 1;
  }
  const delivery = (name: string, turns: number, questions: readonly string[] = ['comments']) =>
    slots.at(async () => {
      const mine = turnsOf(slots, quiet);
      await works(turns);
      const ask = (what: string) => mine.aside(() => mine.quiet().then(() => forge(`${what} of ${name}`)));
      await Promise.all(questions.map(ask));
      await works(turns);
      await ask('reviews');
    });
  return { slots, asked, delivery, most: () => most };
}

test('what deliveries ask is asked together, however long each works before, and however few may work at once', async () => {
  const { asked, delivery, most } = fleet(2);
  await Promise.all([delivery('shop', 1), delivery('cart', 9), delivery('mail', 4), delivery('user', 0)]);
  expect(asked.map((one) => one.toSorted())).toEqual([
    ['comments of cart', 'comments of mail', 'comments of shop', 'comments of user'],
    ['reviews of cart', 'reviews of mail', 'reviews of shop', 'reviews of user'],
  ]);
  expect(most()).toBe(2);
});

test('a delivery that asks two things at once gives its slot back once, and takes it once', async () => {
  const { slots, delivery, most } = fleet(1);
  await Promise.all(['shop', 'cart', 'mail'].map((name) => delivery(name, 2, ['comments', 'pulls'])));
  expect(most()).toBe(1);
  expect(slots.isQuiet).toBe(true);
});

test('a delivery that works for long keeps the others from their answers for two seconds', async () => {
  let over = () => {};
  const slept: number[] = [];
  const clock = {
    now: still.now,
    async sleep(milliseconds: number) {
      slept.push(milliseconds);
      await new Promise<void>((resolve) => {
        over = resolve;
      });
    },
  };
  const { asked, slots, delivery } = fleet(2, clock);
  let end = () => {};
  const long = slots.at(() => new Promise<void>((resolve) => (end = resolve)));
  const shop = delivery('shop', 0, ['comments']);
  await turn();
  expect([asked, slept]).toEqual([[], [2000]]);
  over();
  await turn();
  await turn();
  expect(asked).toEqual([['comments of shop']]);
  end();
  await Promise.all([long, shop]);
});
