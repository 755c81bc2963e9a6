/** Release of privacyIDEA as [major, minor]; 3.8 is the oldest we read. */
export type Release = readonly [number, number]

/** `a` is older than `b`. */
export function isOlder(a: Release, b: Release): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
}
