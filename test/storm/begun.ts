import { firstDeploy, meddleWith, passTime } from './acts.ts';
import type { Beginning, Case } from './case.ts';
import { opened } from './draw.ts';
import { askedBy } from './people.ts';
import { type Begun, createWorld } from './world.ts';

/** Where cases of late have begun. Neighbours begin in the same worlds: a few are kept for them. */
const kept = new Map<number, Promise<readonly Begun[]>>();
const enough = 4;

/** The world in which a case begins: another case, left off where it came to rest. */
export async function begunAt({ opening, place }: Beginning): Promise<Begun> {
  const known = kept.get(opening) ?? rests(opened(opening));
  kept.delete(opening);
  kept.set(opening, known);
  for (const oldest of kept.keys()) if (kept.size > enough) kept.delete(oldest);
  const found = await known;
  const begun = found[place % found.length];
  if (begun === undefined) throw new Error(`the opening ${opening} never comes to rest`);
  return begun;
}

/** So long may it take to come to rest after an action, in seconds; where it takes longer, no case begins there. */
const patience = 8;

async function rests(of: Case): Promise<readonly Begun[]> {
  const world = createWorld(of, null);
  const found: Begun[] = [];
  const note = async () => {
    for (let waited = 0; waited < patience; waited += 1) {
      const begun = world.begun();
      if (begun !== null) {
        found.push(begun);
        return;
      }
      await world.sleep(1_000);
    }
  };
  await world.conductor.run(async () => {
    await firstDeploy(world, of);
    await note();
    for (const action of of.actions) {
      await passTime(world, action.gap);
      const asked = askedBy(world, action);
      if (asked === null) meddleWith(world, action);
      else await world.run(asked);
      await note();
    }
  });
  world.close();
  return found;
}
