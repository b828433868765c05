/** Finds credentials in text: by the name before a value, by the form of the value, and by where it stands. */

/** Names whose values are secret. */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|token|secret|private|credential|webhook|keys?(?:$|[_.-])|(?:^|[_.-])(?:pass|pwd|auth|dsn|salt|cookie)(?:$|[_.-])/iu;
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
  /((?:passw(?:or)?d|passphrase|pwd|token|secret|credential|(?:api|access|account|private|signing)[_-]?key|authorization)[\w.-]{0,40}["']?\s{0,9}([=:])\s{0,9}(?:(?:bearer|basic)\s{1,9})?)("[^"\n]*"|'[^'\n]*'|[^\s,;&"']+)/giu;
/** The value of a header that signs in, also where no `:` stands before it, as in the configuration of a server. */
const SCHEME_SECRET = /(?<!\w)((?:bearer|basic)\s{1,9})([\w.~+/=-]{6,})/giu;
/** The password of a database client, which follows its flag without a space. */
const CLIENT_SECRET =
  /(?<!\w)((?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\s[^\n;|]{0,200}?(?<=\s)-p)([^\s"';|]+)/giu;

/** Values that API servers and parsers of YAML quote in an error, whatever they are. */
const QUOTED_VALUE =
  /(?<=&value\.value\w{0,20}\{)[^\n]*|(?<=error found in #\d{1,9} byte of )[^\n]*|(?<=cannot unmarshal !!\w{1,20} )`[^`\n]*`/gu;

/** Whether a value with this name is secret: the name of a variable, a key or an argument. */
export function isSecretName(name: string): boolean {
  return PLAIN_NAME.test(name) && SECRET_NAME.test(name);
}

/** Fields of an object whose text is secret, whatever the object is. No names of Secrets and of their keys. */
const SECRET_FIELD =
  /(?:passw(?:or)?d|passphrase|(?:api|access|private)[_-]?key|client[_-]?secret|(?:^|[a-z_.-])token|credentials?)$/iu;

/** Whether the text of a field with this name is secret. */
export function isSecretField(key: string): boolean {
  return SECRET_FIELD.test(key);
}

/** Whether any name that contains one of a secret does: for keys of config files, such as `my password.txt`. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name);
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
  return hideCredentials(text.replace(QUOTED_VALUE, '<hidden>'), hide, 'prose');
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
  return text
    .replace(SECRET_SHAPE, (token) => hide(token))
    .replace(ADDRESS_SECRET, (whole, scheme: string) => `${scheme}${hide(whole.slice(scheme.length, -1))}@`)
    .replace(NAMED_SECRET, (whole, name: string, sign: string, value: string) => {
      const isWords = kind === 'prose' && (!/["'\d]/u.test(value) || /^\d{3}$/u.test(value));
      // `secret-manager:1.2.3` is an image.
      const isVersion = kind === 'config' || /^v?\d+\.\d/u.test(value);
      const isName = isVersion && name.endsWith(':') && !/["']:$/u.test(name) && !/^["']/u.test(value);
      return (sign === ':' && (isWords || isName)) || isHidden(value) ? whole : `${name}${hide(value)}`;
    })
    .replace(SCHEME_SECRET, (whole, scheme: string, value: string) =>
      // `basic authentication` is prose.
      /^[a-z]+\.?$/iu.test(value) ? whole : `${scheme}${hide(value)}`,
    )
    .replace(CLIENT_SECRET, (whole, before: string, value: string) =>
      isHidden(value) ? whole : `${before}${hide(value)}`,
    );
}

function isHidden(value: string): boolean {
  return value.startsWith('<hidden') || value.startsWith('***');
}
