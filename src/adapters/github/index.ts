import type { Forge } from '../../release/forge.ts';
import type { Clock } from '../../release/ports.ts';
import { branches } from './branches.ts';
import { checks } from './checks.ts';
import { openClient } from './client.ts';
import { deployments } from './deployments.ts';
import type { Place } from './job.ts';
import { octokitSend } from './octokit.ts';
import { people } from './people.ts';
import { pullReader } from './pull-reader.ts';
import { pullWrites } from './pull-writes.ts';
import { pulls } from './pulls.ts';
import { runs } from './runs.ts';
import { settings } from './settings.ts';
import { talk } from './talk.ts';

export interface ForgeOptions {
  readonly place: Place;
  readonly token: string;
  readonly clock: Clock;
  log(line: string): void;
  mask(secret: string): void;
}

/** A repository of GitHub. Nothing is sent before the first question. The token is in no message, and masked at once. */
export function openForge({ place, token, clock, log, mask }: ForgeOptions): Forge {
  mask(token);
  const client = openClient({
    place,
    clock,
    send: octokitSend({ api: place.api, token, log }),
    hide: (text) => text.replaceAll(token, '***'),
    log,
  });
  const { title, url } = place;
  const who = people(client);
  const reader = pullReader(client);
  return {
    title,
    url,
    get requests() {
      return client.sent;
    },
    ...who,
    ...pulls(client, reader),
    ...talk(client),
    ...runs(client),
    ...checks(client, who.viewer),
    ...deployments(client, who.viewer),
    ...branches(client),
    ...settings(client),
    ...pullWrites(client, reader),
  };
}
