import { isAtForge } from './at-forge.ts';
import type { Action, Case } from './case.ts';
import { isReadyPod, pointOf } from './facts.ts';
import { meddle } from './people.ts';
import { plainly, type World } from './world.ts';

/** While pods are not ready, the engine looks at them every two seconds: more of that tries nothing new. Milliseconds. */
export const churn = 40_000;

export function churns({ cluster }: World): boolean {
  const { store } = cluster.api;
  const busy = pointOf(store.get('Rollout', 'shop', 'shop')).phase === 'Progressing';
  return busy && store.list('Pod', 'shop').some((pod) => !isReadyPod(pod));
}

/** So many milliseconds, cut short where a release is on its way whose pods are not ready, also one that begins meanwhile. */
export async function passTime(world: World, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 60_000) {
    if (churns(world)) {
      await world.sleep(Math.min(left, churn));
      return;
    }
    await world.sleep(Math.min(left, 60_000));
  }
}

/** The first deploy is not progressive: the gates around a release come afterwards. */
export async function firstDeploy(world: World, { delivery }: Case): Promise<void> {
  const given = { until: ['done'], timeout: ['6m'] };
  const { told } = await world.run({ ...plainly, command: 'deploy', who: 'ada', given });
  if (told.exit !== 0) throw new Error(`the first deploy ended with ${told.exit}: ${told.error?.message ?? ''}`);
  world.remote.commit('the plan', { 'stepgate.yaml': JSON.stringify(delivery) });
}

export function meddleWith(world: World, action: Action): void {
  if (action.do !== 'foreign') {
    const how = 'what' in action ? action.what : 'is' in action ? action.is : 'how' in action ? action.how : '';
    const of = action.do === 'measure' ? ` (${action.of})` : '';
    world.log.push(`${world.clock()} ${action.do} ${how}${of}${isAtForge(action) ? ` by ${action.who}` : ''}`);
  }
  meddle(world, action, action.who);
}
