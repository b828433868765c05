import { readAmount } from '../../../config/formats.ts';
import { text } from '../../../config/shapes.ts';
import { type Amount, formatAmount } from '../../../release/delivery.ts';
import type { Json } from '../../../release/json.ts';
import type { Setting } from './setting.ts';

declare module '../../../release/delivery.ts' {
  interface Settings {
    /** How many new pods of a step may be unready. */
    mayBeUnready: Amount;
  }
}

/** How many new pods of a step may be unready. At least one must always be ready (T32). */
export const mayBeUnready: Setting<'mayBeUnready'> = {
  key: {
    about: 'new pods of a step that may be unready: a number or a percentage; none by default',
    shape: { is: 'either', text: text('replicas'), other: { is: 'integer', min: 1, max: 2 ** 31 - 1 } },
  },
  read: (found) => readAmount(found),
  print: written,
  place: 'strategy',
  field: 'failureThreshold',
  render: written,
  readBack: (field) => readAmount(field),
  refusedFor: (_, { style }) =>
    style === 'blueGreen'
      ? {
          says: 'is what the engine ignores in blueGreen style: every new pod of a step has to be ready',
          hint: 'remove it, or use strategy: canary or partition',
        }
      : null,
};

function written(amount: Amount): Json {
  return amount.unit === 'pods' ? amount.value : formatAmount(amount);
}
