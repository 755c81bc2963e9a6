/** Words that the originals take for true in texts (spec/05 §1.1). */
export function isTrueText(text: string | undefined): boolean {
  return text === '1' || text === 'True' || text === 'true' || text === 'TRUE'
}

/** A setting read as the originals read booleans of the configuration: `TRUE` in any case, or `1` (spec/05 §1.2). */
export function settingIsOn(text: string | undefined, unset: boolean): boolean {
  return text === undefined ? unset : text === '1' || text.toLowerCase() === 'true'
}

/** An integer setting; `fallback` for what is missing or no number. */
export function integerSetting(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : fallback
}

/** A float as Python prints it: `-22.0`, for details that servers compare as text. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
