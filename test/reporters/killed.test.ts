import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ForgeError } from '../../src/release/forge.ts';
import type { DeliveryReport } from '../../src/release/report.ts';
import { standingWords } from '../../src/reporters/standing.ts';
import { parseComment } from '../../src/views/living-comment.ts';
import type { MemoryForge } from '../support/memory-forge.ts';
import { lawful } from '../views/hostile.ts';
import { done, reporting, rolledBack, rolling, waiting } from './forge.ts';

const hold = { by: 'ana', at: '2026-11-21T07:12:00Z', reason: 'it fails' };
const states: readonly DeliveryReport[] = [
  rolling(),
  waiting(),
  waiting({ message: 'waits, and a pod is not ready' }),
  waiting({ state: 'stuck', message: 'no pod', approval: null }),
  waiting({ state: 'held', hold, approval: null }),
  done(),
  rolledBack({ reason: 'ROLLED_BACK_GIT_TODO', todo: 'stepgate tick' }),
  rolledBack(),
];
const story = fc.array(fc.record({ state: fc.constantFrom(...states), changed: fc.boolean() }), {
  minLength: 1,
  maxLength: 5,
});

/** What people see at the forge in the end. */
function seen({ comments, checks, deployments }: MemoryForge) {
  return {
    sections: (comments.get(12) ?? []).flatMap(({ body }) => parseComment(body) ?? []).map(({ digest }) => digest),
    checks,
    deployments: deployments.map(({ key, status }) => [key, status]),
  };
}

/** What a run brings there that begins with nothing. */
async function seenOf(state: DeliveryReport) {
  const fresh = reporting();
  await fresh.tell({ ...state, changed: true });
  return seen(fresh.at);
}

it('what a run does not bring to the forge, killed or because a request fails, the next one does', async () => {
  await fc.assert(
    fc.asyncProperty(story, fc.nat(4), fc.nat(12), fc.boolean(), async (told, at, request, isKilled) => {
      const [killed, whole] = [reporting(), reporting()];
      const messages: string[] = [];
      for (const [index, { state, changed }] of told.entries()) {
        const report = { ...state, changed };
        await whole.tell(report);
        let left = request;
        killed.at.meanwhile = () => {
          if (index !== at) return;
          left -= 1;
          if (left === -1 || (left < 0 && isKilled)) throw new ForgeError('away', 'the server is away');
        };
        const run = await killed.tell(report);
        messages.push(...run.messages.map((message) => message['text'] ?? ''));
      }
      const last = told.at(-1)?.state ?? rolling();
      killed.at.meanwhile = () => {};
      messages.push(...(await killed.tell(last)).messages.map((message) => message['text'] ?? ''));
      await whole.tell(last);
      // While a release stands as before, a run leaves what was said when it came there, and one after a killed run says it anew.
      const alike = told.map(({ state }) => state).filter((state) => standingWords(state) === standingWords(last));
      const may = [seen(whole.at), ...(await Promise.all([last, ...alike].map(seenOf)))];
      const is = seen(killed.at);
      expect(is.deployments).toEqual(seen(whole.at).deployments);
      expect(may.map(({ sections }) => sections)).toContainEqual(is.sections);
      expect(may.map(({ checks }) => checks)).toContainEqual(is.checks);
      // Whoever was needed in the end was told so.
      const needed = (await reporting().tell(last)).messages.map((message) => message['text']);
      expect(messages).toEqual(expect.arrayContaining(needed));
      // And from then on nobody is told anything twice.
      expect(await killed.tell(last)).toMatchObject({ written: [], messages: [], warnings: [], leftOut: [] });
    }),
    { ...lawful, numRuns: 50 },
  );
});
