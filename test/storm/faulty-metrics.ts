import { type Metrics, MetricsError } from '../../src/release/metrics.ts';
import { Killed, late, type Way } from './ports.ts';

/** So long takes a slow answer: longer than a write may rest on it. Milliseconds. */
const slowly = 12_000;

/** A server of metrics whose answers take their time, and come to the faults that are counted in them. `asks` hears of each. */
export function faultyMetrics(inner: Metrics, way: Way, asks: () => void): Metrics {
  return {
    async query(query, signal) {
      asks();
      await late(way);
      const { fault } = way;
      way.queries += 1;
      const here = fault?.fault === 'metric' && fault.call === way.queries ? fault : null;
      if (here !== null) way.met(here);
      if (here?.when === 'away') throw new MetricsError('away', 'prom does not answer');
      if (here?.when === 'slow') {
        await way.sleep(slowly);
        if (way.dead) throw new Killed();
      } else if (here !== null) {
        if (here.when === 'after') await inner.query(query, signal).catch(() => {});
        way.die();
        throw new Killed();
      }
      const answer = await inner.query(query, signal);
      await late(way);
      return answer;
    },
  };
}
