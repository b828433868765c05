/** The version of this build: that of package.json. */
export const version = '0.1.0';
