/** Where something is in a document: keys and indexes, from the outside in. */
export type Place = readonly (string | number)[];

/** `policy.outboundPortExclusions[2]`; keys that are no plain words as `annotations["flomesh.io/x"]`. */
export function placeText(place: readonly PropertyKey[]): string {
  return place
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      const key = String(part);
      return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    })
    .join('')
    .replace(/^\./, '');
}

/** Reads what `placeText` wrote. */
export function parsePlace(text: string): Place {
  return [...text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|[\w-]+/g)].map(([key, index, quoted]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? key : (JSON.parse(quoted) as string);
  });
}

/** One place inside of another: `policy` and `controlPorts[0]` are `policy.controlPorts[0]`. */
export function insidePlace(outer: string, inner: string): string {
  return placeText([...parsePlace(outer), ...parsePlace(inner)]);
}
