/** Causes that are written with an outcome and known again when it is read. */

/** How the cause begins of what waits for a person's decision. */
export const asksPerson = 'a person decides';

/** The cause of a photo or paper that is refused here, before Palletways sees it. */
export const notSound = 'not a sound file';
