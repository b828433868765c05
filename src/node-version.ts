/**
 * The message when Node is too old; empty when it is new enough. AsyncDisposableStack came with Node 24.
 * Old versions of Node have to parse this file and the two entries, so these use no syntax newer than ES2017 except
 * `import()`.
 */
export const tooOld =
  Number(process.versions.node.split('.')[0]) >= 24
    ? ''
    : `stepgate needs Node 24 or newer; this is ${process.version}`;
