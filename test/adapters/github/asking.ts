import { openForge } from '../../../src/adapters/github/index.ts';
import { placeIn } from '../../../src/adapters/github/job.ts';
import { ForgeError } from '../../../src/release/forge.ts';

/** Asks the GitHub of the environment for a branch, once, and prints what came of it. */
const place = placeIn(process.env);
if ('missing' in place) throw new Error(place.missing);
const stop = new AbortController();
const forge = openForge({
  place,
  token: 'ghs_secret',
  clock: { now: () => new Date(), sleep: async () => {} },
  log: () => {},
  mask: () => {},
});
try {
  await forge.branchHead('main', stop.signal);
  console.log(JSON.stringify({ trouble: null }));
} catch (error) {
  if (!(error instanceof ForgeError)) throw error;
  console.log(JSON.stringify({ trouble: error.trouble, message: error.message, requests: forge.requests }));
}
