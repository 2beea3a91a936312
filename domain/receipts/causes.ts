/** These causes are written with an outcome and recognised when it is read. */

/** The beginning of the cause of an obligation that waits for a person's decision. */
export const asksPerson = 'a person decides';

/** The cause of a photo or paper that we refuse before Palletways sees it. */
export const notSound = 'not a sound file';
