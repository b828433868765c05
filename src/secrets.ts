import { isCode } from './release/codes.ts';
import { isTelling } from './release/secret-values.ts';
import { hideSecrets } from './views/credentials.ts';
import { mapStrings } from './views/neutral.ts';

/** What this process must not print: its credentials, and the values of Secrets that it has read. */
export interface Secrets {
  /** Adds a credential, before its first use. */
  mask(secret: string): void;
  /** Adds a value of a Secret that was read or rendered, or a credential that was found. */
  maskRead(value: string): void;
  /** The text with all of it hidden. */
  hide(text: string): string;
  /** Foreign text, such as the error of a program: what looks like a credential is hidden too, from then on everywhere. */
  hideForeign(text: string): string;
  /** Text with the credentials hidden. Values of Secrets stay: they are what `render` is asked for. */
  hideOwn(text: string): string;
  /** Plain data of a report with all of it hidden; states, codes and names are not changed. */
  hideIn<T>(value: T): T;
}

/** Keys whose values are fixed words of stepgate. A password that equals such a word must not change them. */
const ownWords: readonly string[] = ['state', 'family', 'code', 'severity', 'is', 'what', 'kind', 'version', 'ways'];
/** Keys whose values name something. A value of a Secret that equals a name must not change it. */
const names: readonly string[] = [
  'name',
  'id',
  'commit',
  'object',
  'pod',
  'container',
  'command',
  'file',
  'url',
  'todo',
];
/** Keys of sentences, in which servers and programs may say any credential. */
const sentences: readonly string[] = ['message', 'why', 'text', 'source'];

/** Collects credentials. `tell` is called once with each form in which a credential could be printed. */
export function collectSecrets(tell: (form: string) => void): Secrets {
  const own = collectForms(tell);
  const read = collectForms(tell);
  const hideOwn = (text: string) => own.hideCut(own.hide(text));
  const both = (text: string) => read.hide(hideOwn(text));
  const hideForeign = (text: string) =>
    hideSecrets(both(text), (credential) => {
      if (isTelling(credential) && !credential.includes('***')) read.add(credential);
    });
  return {
    mask: own.add,
    maskRead: read.add,
    hide: both,
    hideForeign,
    hideOwn,
    hideIn: (value) =>
      mapStrings(value, (text, key) => {
        if (ownWords.includes(key) || (key === 'reason' && isCode(text))) return text;
        if (names.includes(key)) return hideOwn(text);
        return sentences.includes(key) ? hideForeign(text) : both(text);
      }),
  };
}

function collectForms(tell: (form: string) => void) {
  const known = new Set<string>();
  let forms: readonly string[] = [];
  return {
    // Longest first: when one is part of another, the rest of the longer one would stay visible.
    hide: (text: string) => forms.reduce((all, form) => all.replaceAll(form, '***'), text),
    hideCut: (text: string) => forms.reduce(withoutBeginning, text),
    add(secret: string) {
      const plain = formsOf(secret).filter((form) => !known.has(form));
      if (plain.length === 0) return;
      for (const form of [...plain, ...hiddenForms(secret)]) known.add(form);
      forms = [...known].toSorted((left, right) => right.length - left.length);
      for (const form of plain) tell(form);
    },
  };
}

/** So many letters of a credential say that it is one: those of a text that was cut in the middle of it. */
const BEGINNING = 12;

/** Keys in PEM begin with words, and addresses with a host. */
const PUBLIC_BEGINNING = /^(?:-----|[a-z]{1,20}(?::|%3A)\/?)/u;

/** The text without each beginning of the form: messages are cut to a length, wherever that is. */
function withoutBeginning(text: string, form: string): string {
  const beginning = form.slice(0, BEGINNING);
  if (form.length < 2 * BEGINNING || PUBLIC_BEGINNING.test(form) || !text.includes(beginning)) return text;
  let rest = '';
  let from = 0;
  for (let at = text.indexOf(beginning); at >= 0; at = text.indexOf(beginning, from)) {
    let length = BEGINNING;
    while (length < form.length && at + length < text.length && text[at + length] === form[length]) length += 1;
    rest += `${text.slice(from, at)}***`;
    from = at + length;
  }
  return rest + text.slice(from);
}

/** A shorter part of base64 may come about by chance. */
const SHORTEST_PART = 16;

/** Rarer forms, which are hidden, and not told: in hexadecimal, in markup, and as a part of a longer text in base64. */
function hiddenForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const parts = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url');
    // The first and the last letters also depend on what stands around.
    return text.slice(shift === 0 ? 0 : shift + 1, Math.floor(((bytes.length + shift) * 8) / 6));
  });
  const standard = parts.map((part) => part.replaceAll('-', '+').replaceAll('_', '/'));
  const long = [...parts, ...standard, bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  const markup = secret.replace(/[&<>"']/gu, (sign) => entities[sign] ?? sign);
  return [...long.filter((form) => form.length >= SHORTEST_PART), ...(markup === secret ? [] : [markup])];
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The forms of a credential in the text of a server or a program. Each line of a key is a credential too. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length > 8 && !line.startsWith('-----'));
  const forms = [secret, ...lines].flatMap((one) => {
    const bytes = Buffer.from(one);
    return [
      one,
      bytes.toString('base64'),
      bytes.toString('base64url'),
      encodeURIComponent(one.toWellFormed()),
      JSON.stringify(one).slice(1, -1),
    ];
  });
  return [...new Set(forms)].filter((form) => form.trim() !== '');
}
