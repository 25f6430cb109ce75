/** How many rows of a map are loaded at the most: what a person sorts, and a page holds. */
export const LOADED_ROWS = 50_000;

/** How many rows of a map are on a screen, at the most. */
export const SEEN_ROWS = 500;
