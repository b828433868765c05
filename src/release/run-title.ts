import { type Delivery, placeName, placeTitle } from './delivery.ts';

/** Whether the title of a workflow's run names the delivery, the release and the step: people who look at it see no more. */
export function titleNames(
  title: string,
  delivery: Delivery,
  { release, place }: { readonly release: string; readonly place: number },
): boolean {
  const words = title.split(/[\s,:;()]+/);
  const steps = [placeTitle(delivery, place), placeName(delivery, place)];
  return words.includes(delivery.name) && words.includes(release) && steps.some((step) => words.includes(step));
}
