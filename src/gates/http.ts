import { complain, complainUnknown } from '../config/check.ts';
import { keys, text } from '../config/shapes.ts';
import { factOf, type Page, type PageAnswer } from '../release/fact.ts';
import { at, type Json, objectAt, stringAt } from '../release/json.ts';
import { gone, goneWords } from './gone.ts';
import { askingKeys, readServer } from './metric-servers.ts';
import { type Entries, plain, type Row } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    /** `gone`: today's config has no entry of that name, so the gate never opens; the other values are from the old entry. */
    http: { readonly page: Page; readonly gone?: true };
  }
  interface Catalog {
    readonly http: ReadonlyMap<string, Page>;
  }
}

/** Open while an address of the config answers as it should: with 2xx and, where it says so, with a value in its JSON. */
export const http: Row<'http'> = {
  ...plain,
  inConfig: {
    key: { about: 'an address answers as it should: the name of an entry of http', shape: text('word') },
    example: 'http: NAME',
    alone: null,
    read(name, { reader, path, place, catalog: { http: known } }) {
      const found = known.get(name);
      const here = [...path, 'http'];
      if (found === undefined) {
        complainUnknown(reader, { path: here, name, known, of: 'entries of http' });
        return null;
      }
      if (place === 'step' || !found.server.url.includes('{step}')) return { kind: 'http', name, page: found };
      const hint = 'put it into leaveWhen of a step, or leave {step} out of its url';
      complain(reader, { path: here, says: 'uses {step}, and there is none at the start and the end', hint });
      return null;
    },
  },
  judge({ name, page: { server, expects }, gone: isGone }, { evidence: { now, asked } }) {
    if (isGone) return gone('http', name, now);
    const fact = factOf(asked, 'page', name);
    const host = hostOf(server.url);
    const base = { source: `the answer of ${host}`, observedAt: fact?.observedAt ?? now };
    const wanted = expects === null ? `2xx of ${host}` : `2xx of ${host} with ${expects.field} ${shown(expects.value)}`;
    const shut = { ...base, is: 'shut', until: null, missing: [wanted], opener: { by: 'answer' } } as const;
    if (fact === undefined) return { ...shut, why: 'it was not asked for' };
    if (fact.found.is === 'unknown') return { ...shut, why: fact.found.why };
    const { is, why } = judgeAnswer(fact.found.value, expects);
    return is === 'good' ? { ...base, is: 'open', why } : { ...shut, why };
  },
  words: ({ name, gone: isGone }) => (isGone ? `http ${name}: ${goneWords('http', name)}` : `http ${name}`),
  isForceable: true,
  needs: ({ name, page, gone: isGone }) => (isGone ? [] : [{ is: 'page', name, page }]),
  print: ({ name, page: { server, expects } }) => ({
    http: name,
    url: server.url,
    ...(expects === null ? {} : { field: expects.field, is: expects.value }),
  }),
  inDigest: ({ page: { server, expects } }) => ({ url: server.url, expects }),
  today({ kind, name, page }, { http: known }) {
    const found = known.get(name);
    if (found === undefined) return { kind, name, page, gone: true };
    // What is asked is the plan's; how to sign in there is today's.
    return { kind, name, page: { ...page, server: { ...found.server, url: page.server.url } } };
  },
};

function judgeAnswer({ status, text: body }: PageAnswer, expects: Page['expects']) {
  if (status < 200 || status > 299) return { is: 'bad', why: `it answers ${status}` } as const;
  if (expects === null) return { is: 'good', why: `it answers ${status}` } as const;
  const found = valueIn(body, expects.field);
  if (found === undefined) return { is: 'bad', why: `it answers ${status} without ${expects.field} in JSON` } as const;
  const words = `it answers ${status}, and ${expects.field} is ${shown(found)}`;
  return found === expects.value
    ? ({ is: 'good', why: words } as const)
    : ({ is: 'bad', why: `${words}, not ${shown(expects.value)}` } as const);
}

/** A value in a JSON text, by names with dots between them; undefined where there is none, or the text is no JSON. */
function valueIn(body: string, field: string): Json | undefined {
  try {
    const parsed: Json = JSON.parse(body);
    return at(parsed, ...field.split('.'));
  } catch {
    return undefined;
  }
}

/** How much of a value is shown. */
const SHOWN = 60;

function shown(value: Json): string {
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  return words.length > SHOWN ? `${words.slice(0, SHOWN)}...` : words;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? '';
}

export const pages: Entries<ReadonlyMap<string, Page>> = {
  key: {
    about: 'addresses that gates ask, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys({
        url: {
          about:
            'the address that is asked with GET; {name} {namespace} {release} {step} are filled in behind its host',
          shape: text('page'),
          required: true,
        },
        field: { about: 'a field of the JSON answer, with dots for inner ones', shape: text('text') },
        is: { about: 'the value that the field has to have', shape: { is: 'scalar' } },
        ...askingKeys,
      }),
    },
  },
  read(reader) {
    const found = new Map<string, Page>();
    for (const [name, entry] of Object.entries(objectAt(reader.document.value, 'http'))) {
      const path = ['http', name];
      const field = stringAt(entry, 'field');
      const value = at(entry, 'is');
      const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if ((field === null) !== (value === undefined)) {
        const hint = 'give both, such as field: status and is: ok, or none';
        complain(reader, { path, says: field === null ? 'has is without field' : 'has field without is', hint });
      }
      found.set(name, {
        server: readServer(reader, { name, entry, path }),
        expects: field !== null && isScalar ? { field, value } : null,
      });
    }
    return found;
  },
};
