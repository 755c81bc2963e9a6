import {policyError} from './errors.js'
import type {LoginUser} from './login-user.js'
import type {CheckSession} from './session.js'

const lower = 'abcdefghijklmnopqrstuvwxyz'

/** Classes of characters in PIN rules. */
const classes: Readonly<Record<string, string>> = {
  c: lower.toUpperCase() + lower,
  n: '0123456789',
  s: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
}

/**
 * The rules that users have for their own PINs (spec/07 §8.3.4).
 * @throws RequestError 403 for a PIN that breaks one
 */
export async function checkPinRules(session: CheckSession, pin: string, user: LoginUser | undefined): Promise<void> {
  const rule = async (action: string) => {
    const found = (await session.policies.ask('user', action, {user})).unique()
    if (found) session.request.note(found.names)
    return found?.value
  }
  const length = [...pin].length
  const least = await rule('otp_pin_minlength')
  if (least !== undefined && length < Number(least)) throw policyError(`The minimum OTP PIN length is ${least}`)
  const most = await rule('otp_pin_maxlength')
  if (most !== undefined && length > Number(most)) throw policyError(`The maximum OTP PIN length is ${most}`)
  const contents = await rule('otp_pin_contents')
  const problems = contents === undefined ? [] : contentProblems(pin, contents)
  if (problems.length > 0) throw policyError(problems.join(','))
}

/** What is wrong with the characters of a PIN. @throws RequestError 403 for a rule that cannot be read */
export function contentProblems(pin: string, rule: string): string[] {
  if (!/^[+-]*[cns]+$|^\[.*\]+$/.test(rule)) throw policyError('Unknown character specifier in PIN policy.')
  const {allowed, required} = readContents(rule)
  const problems: string[] = []
  if ([...pin].some((character) => !allowed.includes(character))) problems.push('Not allowed character in PIN!')
  for (const one of required) {
    if (![...pin].some((character) => one.includes(character))) problems.push(`Missing character in PIN: ${one}`)
  }
  return problems
}

function readContents(rule: string): {allowed: string; required: string[]} {
  const all = Object.values(classes).join('')
  if (rule.startsWith('[')) return {allowed: rule.slice(1, -1), required: []}
  const named = [...rule].map((letter) => classes[letter] ?? '').filter((characters) => characters !== '')
  if (rule.startsWith('+')) return {allowed: all, required: [named.join('')]}
  if (rule.startsWith('-'))
    return {allowed: [...all].filter((character) => !named.join('').includes(character)).join(''), required: []}
  return {allowed: all, required: named}
}
