import { refusal } from '../release/error.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { CAPABILITY, neededFor } from '../release/record-text.ts';

/** Throws RECORD_TOO_NEW when the record has an entry of a newer version of stepgate that this act must not ignore. */
export function refuseTooNew(record: ReleaseRecord, act: 'promote' | 'deploy', delivery: string): void {
  const needed = neededFor(record, act);
  if (needed === null) return;
  throw refusal(
    'RECORD_TOO_NEW',
    `${delivery}: the record has an entry of a newer version of stepgate that this one does not know (${act} needs ${needed}, this is ${CAPABILITY})`,
    `use the newer version to ${act}; rollback and hold work with this one`,
  );
}
