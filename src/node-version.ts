/**
 * The sentence for a Node that is too old; empty for one that will do. AsyncDisposableStack came with Node 24.
 * Old Nodes have to parse this file and the two entries: they use no syntax newer than ES2017 but `import()`.
 */
export const tooOld =
  Number(process.versions.node.split('.')[0]) >= 24
    ? ''
    : `stepgate needs Node 24 or newer; this is ${process.version}`;
