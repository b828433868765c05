/** Finds credentials in text: by the name before a value, by the form of the value, and by where it stands. */

/** Names whose values are secret. */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|token|secret|private|credential|webhook|authorization|bearer|signature|keys?(?:$|[_.-])|(?:^|[_.-])(?:pass|pwd|pw|auth|dsn|salt|cookie|jwt|otp|pin|pat)(?:$|[_.-])/iu;
/** The short ones of these inside a name such as `dbPass`, and files that hold nothing else. */
const SECRET_PART =
  /(?:(?<=[a-z0-9])(?:Pass|Pwd|Pw|Auth|Dsn|Salt|Cookie|Jwt|Otp|Pin|Pat)|^(?:pass|pwd|auth|jwt))(?=[A-Z0-9]|$)|(?:^|\.)(?:netrc|pgpass|dockercfg|dockerconfigjson)$|(?:^|\/)id_(?:rsa|ecdsa|ed25519)$/u;
/** The form of a name of an argument or variable. */
const PLAIN_NAME = /^-{0,2}\w[\w.-]*$/u;

/** Tokens of forges, clouds and services, addresses that give a right, JSON web tokens, private keys. */
const SECRET_SHAPE = new RegExp(
  [
    'gh[a-z]_\\w{20,}|github_pat_\\w{20,}|gl(?:pat|rt|dt)-[\\w-]{16,}|npm_\\w{20,}|pypi-[\\w-]{20,}|hf_\\w{20,}',
    'xox[a-z]-[\\w-]{10,}|xapp-[\\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\\w-]{30,}|ya29\\.[\\w-]{10,}',
    '(?:sk|rk|pk)_(?:live|test)_\\w{10,}|whsec_\\w{10,}|(?<![\\w-])sk-[\\w-]{20,}|SG\\.[\\w-]{10,}\\.[\\w-]{10,}',
    'hv[sb]\\.[\\w-]{20,}|dop_v1_\\w{20,}|AGE-SECRET-KEY-1\\w{20,}',
    '(?<=hooks\\.slack\\.com/services/|discord(?:app)?\\.com/api/webhooks/|webhook\\.office\\.com/)[^\\s"\'<>]+',
    '(?<![\\w-])eyJ[\\w-]{10,}\\.[\\w-]{10,}\\.[\\w-]*',
    '\\$(?:2[aby]|apr1|[156])\\$[\\w./$]{10,}',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)',
  ].join('|'),
  'gu',
);
/** User and password in a URL. */
const ADDRESS_SECRET = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/giu;
/**
 * A value behind the name of a secret: `password=x`, `"token": "x"`. What follows the word in
 * its name is bounded, so that a long line takes no long time.
 */
const NAMED_SECRET =
  /((?:passw(?:or)?d|passphrase|pwd|token|secret|credential|(?:api|access|account|private|signing|client)[_-]?key|authorization)[\w.-]{0,40}["']?\s{0,9}([=:])\s{0,9}(?:(?:bearer|basic)\s{1,9})?)("[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)/giu;
/** The value of a header that signs in, also where no `:` stands before it, as in the configuration of a server. */
const SCHEME_SECRET = /(?<!\w)((?:bearer|basic)\s{1,9})([\w.~+/=-]{6,})/giu;
/** The password of a database client, which follows its flag without a space. */
const CLIENT_SECRET =
  /(?<!\w)((?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\s[^\n;|]{0,200}?(?<=\s)-p)([^\s"';|]+)/giu;

/** The password behind the flag of a client, the user and password of `curl -u`, and what follows a flag with a name of a secret. */
const FLAG_SECRETS: readonly RegExp[] = [
  /(?<!\w)((?:redis-cli\s[^\n;|]{0,200}?(?<=\s)-a|(?:mongo\w{0,10}|sshpass)\s[^\n;|]{0,200}?(?<=\s)-p|ldap\w{3,10}\s[^\n;|]{0,200}?(?<=\s)-w)\s{1,9})([^\s"';|]+)/giu,
  /(?<!\w)(curl\s[^\n;|]{0,200}?(?<=\s)(?:-u|--user|--proxy-user)[\s=]{1,3}["']?[^\s:"']{1,100}:)([^\s"']+)/giu,
  /((?<![\w-])--?[\w-]{0,40}(?:passw(?:or)?d|passphrase|token|secret|api-?key)[ \t]{1,9}["']?)([^\s"';|<-][^\s"';|]{3,})/giu,
];
/** The word behind `password` in the configuration of a program that puts no sign between them. */
const DIRECTIVE_SECRET =
  /((?<![\w-])(?:passw(?:or)?d|passphrase|requirepass|masterauth)[ \t]{1,9}["']?)([^\s"';|<:=-][^\s"';|]{5,})/giu;
/** The credential of a header in a scheme of its own: `Authorization: Token x`. */
const HEADER_SECRET =
  /((?<!\w)(?:proxy-)?authorization["']?\s{0,9}[:=]\s{0,9}["']?(?!bearer\b|basic\b)[a-z][\w-]{1,30}\s{1,9})([\w.~+/=:-]{6,})/giu;
/** The signature of an address, which gives its right to everybody who has it. */
const SIGNATURE_SECRET = /([?&](?:sig|signature|x-(?:amz|goog)-signature)=)([^\s&"'<>]+)/giu;
/** The text of an element of XML. */
const ELEMENT_SECRET =
  /(<[\w.:-]{0,40}(?:passw(?:or)?d|passphrase|token|secret|api-?key)[\w.-]{0,40}(?:\s[^<>]{0,200})?>)([^<>]+)(?=<\/)/giu;
/** The value of an entry that has its name beside it, as YAML or JSON: `name: PASSWORD`, then `value: x`. */
const ENTRY_SECRET =
  /(["']?name["']?\s{0,9}[:=]\s{0,9}["']?[\w.-]{0,60}(?:passw(?:or)?d|passphrase|token|secret|api[_-]?key)[\w.-]{0,60}["']?[\s,]{1,40}["']?value["']?\s{0,9}[:=]\s{0,9})("[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)/giu;
/** The lines of a block of YAML, which stand deeper than its key. */
const BLOCK_SECRET =
  /^([ \t]{0,100})([^\n]{0,200}?(?:passw(?:or)?d|passphrase|token|secret|credential|(?:api|access|private)[_-]?key)[\w.-]{0,40}["']?:[ \t]{1,9}[|>][-+\d]{0,2}[ \t]{0,9})((?:\n\1[ \t][^\n]*)+)/gimu;

/** What begins a block of YAML; its lines are what counts. */
const BLOCK_SIGN = /^[|>][-+\d]{0,2}$/u;

/** Values that API servers and parsers of YAML quote in an error, whatever they are. */
const QUOTED_VALUE =
  /(?<=&value\.value\w{0,20}\{)[^\n]*|(?<=error found in #\d{1,9} byte of )[^\n]*|(?<=cannot unmarshal !!\w{1,20} )`[^`\n]*`/gu;

/** The data of a Secret that a webhook or a server quotes, as JSON or as Go prints it; the text may end within it. */
const QUOTED_DATA =
  /(?<=(?:\b|["'])(?:stringData|data)["']?:\s{0,9})(?:(?:map\[string\][\w[\]]{1,20})?\{(?:[^{}]|\{[^{}]{0,2000}\}){0,20000}\}?|map\[[^\]]{0,20000}\]?)/giu;

/** Whether a value with this name is secret: the name of a variable, a key or an argument. */
export function isSecretName(name: string): boolean {
  return PLAIN_NAME.test(name) && namesSecret(name);
}

/** Fields of an object whose text is secret, whatever the object is. No names of Secrets and of their keys. */
const SECRET_FIELD =
  /(?:passw(?:or)?d|passphrase|(?:api|access|private)[_-]?key|client[_-]?secret|(?:^|[a-z_.-])(?:token|pwd|dsn|jwt)|authorization|credentials?)$/iu;

/** Whether the text of a field with this name is secret. */
export function isSecretField(key: string): boolean {
  return SECRET_FIELD.test(key);
}

/** Whether any name that contains one of a secret does: for keys of config files, such as `my password.txt`. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name) || SECRET_PART.test(name);
}

/**
 * Foreign text, such as a log or the error of a program, with what is recognised as a credential hidden. `found` is called with
 * each credential.
 */
export function hideSecrets(text: string, found: (credential: string) => void = () => {}): string {
  const hide = (credential: string) => {
    found(credential.replace(/^(["'])(.*)\1$/su, '$2'));
    return '<hidden>';
  };
  const known = text.replace(QUOTED_VALUE, '<hidden>');
  const plain = /\bSecret\b/u.test(known) ? known.replace(QUOTED_DATA, '<hidden>') : known;
  return hideCredentials(plain, hide, 'prose');
}

/**
 * The text with each credential in it replaced by the result of `hide`. In prose, words behind a colon stay: `invalid token:
 * expired` says what is wrong.
 */
export function hideCredentials(
  text: string,
  hide: (credential: string) => string,
  kind: 'prose' | 'config' = 'config',
): string {
  const behind = (whole: string, before: string, value: string) =>
    isHidden(value) ? whole : `${before}${hide(value)}`;
  /** Prose says `--token is missing`: a value has a digit there. */
  const inConfig = (whole: string, before: string, value: string) =>
    kind === 'prose' && !/\d/u.test(value) ? whole : behind(whole, before, value);
  const flagged = FLAG_SECRETS.reduce((rest, form) => rest.replace(form, inConfig), text);
  const directed = kind === 'config' ? flagged.replace(DIRECTIVE_SECRET, behind) : flagged;
  return directed
    .replace(SECRET_SHAPE, (token) => hide(token))
    .replace(ADDRESS_SECRET, (whole, scheme: string) => `${scheme}${hide(whole.slice(scheme.length, -1))}@`)
    .replace(SIGNATURE_SECRET, behind)
    .replace(HEADER_SECRET, inConfig)
    .replace(ELEMENT_SECRET, behind)
    .replace(ENTRY_SECRET, behind)
    .replace(BLOCK_SECRET, (whole, indent: string, before: string, block: string) =>
      isHidden(block.trim()) ? whole : `${indent}${before}\n${indent}  ${hide(block.trim())}`,
    )
    .replace(NAMED_SECRET, (whole, name: string, sign: string, value: string) => {
      const isWords = kind === 'prose' && (!/["'\d]/u.test(value) || /^\d{3}$/u.test(value));
      // `secret-manager:1.2.3` is an image.
      const isVersion = kind === 'config' || /^v?\d+\.\d/u.test(value);
      const isName = isVersion && name.endsWith(':') && !/["']:$/u.test(name) && !/^["']/u.test(value);
      return (sign === ':' && (isWords || isName)) || isHidden(value) || BLOCK_SIGN.test(value)
        ? whole
        : `${name}${hide(value)}`;
    })
    .replace(SCHEME_SECRET, (whole, scheme: string, value: string) =>
      // `basic authentication` is prose.
      /^[a-z]+\.?$/iu.test(value) ? whole : `${scheme}${hide(value)}`,
    )
    .replace(CLIENT_SECRET, behind);
}

function isHidden(value: string): boolean {
  return value.startsWith('<hidden') || value.startsWith('***');
}
