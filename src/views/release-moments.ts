import type { DeliveryReport } from '../release/report.ts';
import type { Moment } from './page.ts';
import { groupTrouble } from './problems.ts';
import { fromNow } from './times.ts';
import { isMoving } from './words.ts';

/** The time line of a delivery: past events, the present state, events to come, and the steps that are left. */
export function momentsOf(delivery: DeliveryReport, now: Date): readonly Moment[] {
  const { events, trouble, gates, next, message, steps, state } = delivery;
  const past = [
    ...events.map(({ at, text }): Moment => ({ at, is: 'past', text })),
    ...groupTrouble(trouble).flatMap(({ first, pods, since }): Moment[] =>
      since === null
        ? []
        : [{ at: since.toISOString(), is: 'past', text: `${first.reason} of ${pods.slice(0, 3).join(', ')}` }],
    ),
  ];
  const coming = (at: string, text: string): Moment => ({
    at,
    is: 'ahead',
    text: `${text} ${fromNow(new Date(at), now)}`,
  });
  const opening = gates.flatMap(({ name, is, until }) =>
    is === 'shut' && until !== null ? [coming(until, `${name} opens`)] : [],
  );
  const known = next === null || gates.some((gate) => gate.is === 'shut' && gate.until === next);
  const ahead = [...opening, ...(known ? [] : [coming(next, 'next event')])];
  const left = isMoving(state) ? steps.filter(({ is }) => is === 'ahead') : [];
  return [
    ...inOrder(past),
    { at: now.toISOString(), is: 'now', text: `now: ${message}` },
    ...inOrder(ahead),
    ...left.map(({ index, name, waitsFor }): Moment => {
      const waits = waitsFor.length === 0 ? '' : `, waits for ${waitsFor.join(', ')}`;
      return { at: null, is: 'ahead', text: `step ${index} ${name}${waits}` };
    }),
  ];
}

function inOrder(moments: readonly Moment[]): Moment[] {
  const time = ({ at }: Moment) => (at === null ? 0 : Date.parse(at));
  return moments.toSorted((one, other) => time(one) - time(other));
}
