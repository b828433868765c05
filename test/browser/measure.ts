/** The visible faults of a page. */
export interface Measured {
  /** Texts that reach out of the window, with how far. */
  readonly wide: readonly string[];
  /** Texts that lie over each other. */
  readonly overlapping: readonly string[];
  /** Texts whose contrast with their ground is less than 4.5 to 1. */
  readonly pale: readonly string[];
  /** How many texts were looked at. */
  readonly texts: number;
}

/** Runs in the page. Its source is sent there, so it can use nothing from outside of the function. */
export function measure(): Measured {
  interface Box {
    readonly text: string;
    readonly element: Element;
    readonly rects: readonly DOMRect[];
  }
  const boxes: Box[] = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (element === null || text === '' || element.closest('style, title, desc, head') !== null) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
    if (rects.length > 0) boxes.push({ text: text.slice(0, 60), element, rects });
  }

  const room = document.documentElement.clientWidth;
  const wide = boxes.flatMap(({ text, rects }) =>
    rects.some(({ left, right }) => left < -0.5 || right > room + 0.5) ? [text] : [],
  );

  const pieces = boxes.flatMap(({ text, rects }, index) => rects.map((rect) => ({ text, rect, index })));
  pieces.sort((one, other) => one.rect.top - other.rect.top);
  const overlapping: string[] = [];
  for (const [at, one] of pieces.entries()) {
    for (const other of pieces.slice(at + 1)) {
      if (other.rect.top >= one.rect.bottom) break;
      if (one.index === other.index) continue;
      const across = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      // Lines may touch: a letter's box is higher than the letter.
      const along = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top);
      if (across > 1 && along > Math.min(one.rect.height, other.rect.height) / 3)
        overlapping.push(`${one.text} | ${other.text}`);
    }
  }

  function parts(color: string): readonly number[] {
    return (color.match(/[\d.]+/g) ?? []).map(Number);
  }
  function luminance(color: string): number {
    const [red = 0, green = 0, blue = 0] = parts(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  function groundOf(element: Element): string {
    for (let here: Element | null = element; here !== null; here = here.parentElement) {
      const { backgroundColor } = getComputedStyle(here);
      if ((parts(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
    const ground = document.querySelector('svg > .ground');
    return ground === null ? 'rgb(255, 255, 255)' : getComputedStyle(ground).fill;
  }
  const pale = boxes.flatMap(({ text, element }) => {
    const { color, fill } = getComputedStyle(element);
    const [one, other] = [
      luminance(element.namespaceURI?.endsWith('svg') ? fill : color),
      luminance(groundOf(element)),
    ];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(2)} ${text}`] : [];
  });
  return { wide, overlapping, pale, texts: boxes.length };
}
