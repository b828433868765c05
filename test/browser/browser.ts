import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** An empty variable counts as none. */
const named = process.env['STEPGATE_BROWSER'] || null;

/** The path of a Chromium: STEPGATE_BROWSER, else one of the usual places. Null when there is none. */
export const executable = named ?? usual.find((path) => existsSync(path)) ?? null;

export const missing =
  'no browser is found: install Chromium (apt-get install chromium), or name one in STEPGATE_BROWSER';

/** Starts the browser. Chromium refuses its sandbox to root. */
export function launch(): Promise<Browser> {
  if (executable === null) throw new Error(missing);
  return chromium.launch({ executablePath: executable, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
