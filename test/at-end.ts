/** What is shared by the files of one run, and has to be taken down after the last of them. */
const shared: (() => Promise<void>)[] = [];

/** Has something taken down when all files of this run are through: hooks of Mocha end with the file that they are of. */
export function atEnd(takeDown: () => Promise<void>): void {
  shared.push(takeDown);
}

/** The run is over. What was shared last goes first. */
export async function end(): Promise<void> {
  for (const takeDown of shared.splice(0).reverse()) await takeDown();
}
