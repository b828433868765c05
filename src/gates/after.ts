import { type Key, text } from '../config/shapes.ts';
import type { Condition } from '../release/delivery.ts';
import { type Row, withoutEntry } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    after: { readonly delivery: string };
  }
}

/** The config key of an environment from which these conditions are made. */
export const afterKey: Key = {
  about: 'the environment to which a release has to be delivered first',
  shape: text('label'),
};

/** The condition of a delivery that starts after another one. */
export function afterDelivery(delivery: string): Condition<'after'> {
  return { kind: 'after', name: delivery, delivery };
}

/** Open when another delivery has delivered the version, or a later one. */
export const after: Row<'after'> = {
  ...withoutEntry,
  inConfig: null,
  judge({ delivery }, { evidence }) {
    const found = evidence.after.find((one) => one.delivery === delivery);
    const source = `the record of ${delivery}`;
    if (found?.has === true) return { source, observedAt: found.observedAt, is: 'open', why: found.why };
    return {
      source,
      observedAt: evidence.now,
      is: 'shut',
      until: null,
      why: found?.why ?? `${delivery} was not read`,
      missing: [delivery],
      opener: { by: 'delivery', name: delivery },
    };
  },
  words: ({ delivery }) => `after ${delivery}`,
  shutWords: ({ name }) => `waits for ${name} to deliver it first`,
  isForceable: false,
  needs: ({ delivery }) => [{ is: 'delivered', delivery }],
  print: ({ delivery }) => ({ after: delivery }),
  inDigest: ({ delivery }) => ({ delivery }),
};
