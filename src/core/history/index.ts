export { changesText } from './changes';
export { readSnapshotFile, snapshotFileText, SnapshotFile } from './file';
export { structureLines } from './structure';
export { writersSince, writersText } from './writers';
