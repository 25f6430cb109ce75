import type { Recovered } from '../core/model';

/** What became of switches that had been cut off, a sentence or two each. */
export interface RecoveredTexts {
  /** Nothing had to be taken back: for the log. */
  done: string[];
  undone: string[];
  /** What is there now is not whole. */
  failed: string[];
}

/** @param labelOf the name of a workload, by its id */
export function recoveredTexts(
  node: string,
  recovered: readonly Recovered[],
  labelOf: (workload: string) => string,
): RecoveredTexts {
  const of = (...outcomes: Recovered['outcome'][]) =>
    recovered.filter(({ outcome }) => outcomes.includes(outcome));
  const name = ({ title, workload, holder }: Recovered): string =>
    `"${title}" of ${labelOf(workload)}, begun by ${holder}`;
  return {
    done: of('closed', 'gone').map((one) =>
      one.outcome === 'gone'
        ? `On ${node}, ${name(one)}, was cut off; its workload has ended since.`
        : `On ${node}, ${name(one)}, was confirmed before it was cut off; it stays.`,
    ),
    undone: of('reverted').map((one) => `On ${node}, ${name(one)}, was cut off and has been taken back.`),
    failed: of('undo-failed').map(
      (one) =>
        `On ${node}, ${name(one)}, was cut off and could not be taken back whole: ${one.failure ?? 'no reason was told.'} Look at the workload, and switch it again to repair what is there in part.`,
    ),
  };
}
