import type { Shop } from './shop.ts';

/** Somebody pushes the file of a freeze; without lines, removes it. */
export function putFreeze(shop: Shop, lines: readonly string[] | null, name = 'weekend'): void {
  const text = lines === null ? null : `${lines.join('\n')}\n`;
  shop.origin.commit({ [`.stepgate/freezes/${name}.yaml`]: text }, { subject: 'freeze' });
}

/** The files of freezes that the branch has, with their text. */
export function freezeFiles(shop: Shop): readonly (readonly [path: string, text: string])[] {
  return Object.entries(shop.origin.at(shop.origin.tip()).files).filter(([path]) => path.startsWith('.stepgate/'));
}
