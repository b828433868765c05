import { objectAt, stringAt } from '../../../release/json.ts';
import { CONTROLLER_REVISION, type REVISION_HASH_LABEL, type TEMPLATE_HASH_LABEL } from '../keys.ts';
import type { Revisions } from './kind.ts';

/** The ControllerRevisions of a workload. The engine and the pods use the whole name of a revision, or the hash at its end. */
export function controllerRevisions(
  podLabel: typeof REVISION_HASH_LABEL | typeof TEMPLATE_HASH_LABEL,
  named: 'whole' | 'hash',
): Revisions {
  return {
    kind: CONTROLLER_REVISION,
    podLabel,
    nameOf(revision) {
      const name = stringAt(revision, 'metadata', 'name');
      return named === 'whole' || name === null ? name : name.slice(name.lastIndexOf('-') + 1);
    },
    // `$patch` makes the template a patch. All other fields are the workload's own.
    templateIn(revision) {
      const { $patch: _, ...template } = objectAt(revision, 'data', 'spec', 'template');
      return template;
    },
  };
}
