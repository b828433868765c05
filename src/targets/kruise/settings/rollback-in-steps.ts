import { oneOf } from '../../../config/found.ts';
import { ROLLBACK_IN_BATCH_ANNOTATION } from '../keys.ts';
import { kindNamed, kindNames } from '../workloads/index.ts';
import type { Setting } from './setting.ts';

declare module '../../../release/delivery.ts' {
  interface Settings {
    /** Without it, the engine rolls back all pods at once. */
    rollbackInSteps: true;
  }
}

/** Kubernetes kinds that the engine can roll back through the steps. */
const able = ['StatefulSet', 'CloneSet'];

/** A rollback during a release goes through the steps (T10). */
export const rollbackInSteps: Setting<'rollbackInSteps'> = {
  key: {
    about: 'true: a rollback during a release goes back through the steps, without approvals; all at once by default',
    shape: { is: 'boolean' },
  },
  read: (found) => (found === true ? true : null),
  print: () => true,
  place: 'annotations',
  field: ROLLBACK_IN_BATCH_ANNOTATION,
  render: () => 'true',
  readBack: (field) => (field === 'true' ? true : null),
  refusedFor(_, { kind, splits }) {
    const row = kind === null ? null : kindNamed(kind);
    if (row !== null && !able.includes(row.kind.kind)) {
      const kinds = kindNames.filter((name) => able.includes(kindNamed(name)?.kind.kind ?? ''));
      return {
        says: `is what the engine does for ${oneOf(kinds, 'and')}, not for ${kind}`,
        hint: 'remove it, or use a plan without it: the engine goes back all at once',
      };
    }
    if (!splits) return null;
    return {
      says: 'is what the engine does without traffic routing only, and the delivery has it',
      hint: 'remove it, or the routes from traffic',
    };
  },
};
