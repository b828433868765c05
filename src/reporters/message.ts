import type { Webhook } from '../release/ports.ts';
import { chatCode, chatText } from '../views/neutral.ts';
import type { SharedPorts } from './ports.ts';
import type { Teller } from './releases.ts';
import type { RunFacts } from './reporter.ts';
import { type Need, needOf, type Told } from './standing.ts';

/**
 * A message when a release needs a person, once for as long as it does. The status of the release's deployment remembers
 * it; without one, the run that brought the release there sends it. Null when no place is configured.
 */
export function message({ webhook }: Pick<SharedPorts, 'webhook'>): Teller | null {
  if (webhook === null) return null;
  return {
    missing: 'no message was sent',
    again: 'message',
    async tell(told, facts, run) {
      const need = needOf(told.delivery);
      if (need === null) return;
      const sent = run === null ? null : await run.sentMessage(told, facts.signal);
      if (sent ?? !told.delivery.changed) return;
      await send(webhook, told, need, facts);
    },
  };
}

/** The fields are plain text; `text` is written for a chat in which `<`, `>` and `&` are markup, as in Slack. */
async function send(webhook: Webhook, { delivery, release }: Told, { words, todo }: Need, facts: RunFacts) {
  const { name, state, reason, step, pullRequests } = delivery;
  const url = pullRequests[0]?.url ?? facts.url;
  const text = [chatText(words), ...(todo === null ? [] : [chatCode(todo)]), ...(url === null ? [] : [url])].join('\n');
  const where = { delivery: name, release: release.id, commit: release.commit, step: step?.name ?? null };
  await webhook.post({ text, ...where, state, reason, todo, url }, facts.signal);
}
