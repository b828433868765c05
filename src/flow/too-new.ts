import { refusal } from '../release/error.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { CAPABILITY, neededFor } from '../release/record-text.ts';

/** Throws RECORD_TOO_NEW where a newer version of stepgate has noted what this one must not act on. */
export function refuseTooNew(record: ReleaseRecord, act: 'promote' | 'deploy', delivery: string): void {
  const needed = neededFor(record, act);
  if (needed === null) return;
  throw refusal(
    'RECORD_TOO_NEW',
    `${delivery}: a newer version of stepgate has noted something that this one does not know (${act} needs ${needed}, this is ${CAPABILITY})`,
    `${act} with the newer version; rollback and hold work with this one`,
  );
}
