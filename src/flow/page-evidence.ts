import { pagePlaceholders } from '../config/addresses.ts';
import type { Fact, Page, PageAnswer } from '../release/fact.ts';
import { MetricsError } from '../release/metrics.ts';
import type { Need } from '../release/verdict.ts';
import { type Asked, known, unknown } from '../release/vote.ts';
import { askFact } from './answers.ts';
import type { Observed, Work } from './work.ts';

/** How long an answer may be used while nothing depends on it. Milliseconds. */
const USABLE_FOR = 15_000;

/** What the addresses of gates answer. What can't be learned is `unknown`, so an address that is away opens no gate. */
export async function pageEvidence(
  work: Work,
  { record, observation: { engine } }: Observed,
  needs: readonly Need[],
  how: 'known' | 'anew',
): Promise<readonly Fact[]> {
  const { delivery } = work;
  const values: Values = {
    name: delivery.workload.name,
    namespace: delivery.namespace,
    release: record.release?.id ?? '',
    step: 'step' in engine ? String(engine.step) : '',
  };
  const wanted = needs.filter((need) => need.is === 'page');
  return Promise.all(
    wanted.map(({ is, name, page }) => {
      const url = filled(page.server.url, values);
      const key = JSON.stringify([is, name, url]);
      return askFact(work, how, { key, usableFor: USABLE_FOR }, async (observedAt) => ({
        is,
        name,
        observedAt,
        found: await ask(work.context, page, url),
      }));
    }),
  );
}

async function ask(context: Work['context'], { server }: Page, url: string): Promise<Asked<PageAnswer>> {
  try {
    return known(await context.page({ ...server, url }, context.signal));
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof MetricsError) return unknown(error.message);
    throw error;
  }
}

type Values = Readonly<Record<(typeof pagePlaceholders)[number], string>>;

/** The address with its placeholders filled in, so that no value leads elsewhere. */
function filled(url: string, values: Values): string {
  return pagePlaceholders.reduce((text, word) => text.replaceAll(`{${word}}`, encodeURIComponent(values[word])), url);
}
