const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** `1.5 MB`: decimal units, as drives are sold. */
export function sizeText(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return `${step === 0 ? value : value.toFixed(1)} ${units[step]}`
}

/** `3 d`, `5 h`, `2 min`: the largest unit, rounded down. */
export function ageText(seconds: number): string {
  const ages: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ]
  for (const [length, unit] of ages) if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`
  return `${Math.max(0, seconds)} s`
}
