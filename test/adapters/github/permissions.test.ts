import { expect, test } from 'vitest';
import { needsOf } from '../../../src/adapters/github/judge.ts';
import { type Operation, operations } from '../../../src/adapters/github/operations.ts';
import type { Permissions } from '../../github/rest/permissions.ts';
import { calls } from './calls.ts';
import { everything, shop } from './live.ts';
import { troubleOf } from './scripted.ts';

/** The table of permissions in the documentation, held to what GitHub grants. */

const names = Object.keys(operations) as Operation[];

/** Permissions as a workflow writes them, as a map. */
function granted(texts: readonly string[]): Permissions {
  return Object.fromEntries(texts.map((text) => text.split(': ')));
}

test('with what the table says each operation is done, and with less of it, it is refused with what it needs', async () => {
  await using at = await shop();
  const call = calls(at);
  await call.createDeployment(at.as(at.hub.app('stepgate', everything).token()));
  const tokenOf = (permissions: Permissions) => at.hub.app(`app-${at.hub.requests.all.length}`, permissions).token();
  for (const name of names) {
    const needs: readonly string[] = operations[name].needs;
    // Every token has this one.
    const lacking = needs.filter((need) => need !== 'metadata: read');
    for (const without of lacking) {
      const forge = at.as(tokenOf(granted(needs.filter((need) => need !== without))));
      // Teams that cannot be read are an answer of its own.
      if (name === 'members') expect(await call[name](forge)).toBe(null);
      else
        expect([name, await troubleOf(call[name](forge))]).toMatchObject([
          name,
          { trouble: 'forbidden', needs: needsOf(name) },
        ]);
    }
    const made = await call[name](at.as(tokenOf(granted(needs))));
    if (name === 'members') expect(made).toHaveLength(1);
  }
});
