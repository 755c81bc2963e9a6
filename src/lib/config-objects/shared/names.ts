/** A name that is not taken: where several objects bear one name, the later ones get a number behind it. */
export function uniqueName(name: string, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(name)) return name
  for (let number = 2; ; number++) if (!taken.has(`${name} #${number}`)) return `${name} #${number}`
}
