import {createHash} from 'node:crypto'

/**
 * A mOTP value: the first characters of MD5 over time step, secret and PIN (motp.sourceforge.net; spec/06 §2).
 * @param step Unix time divided by 10 s
 * @param secret the hex text, as text
 */
export function motp(step: number, secret: string, pin: string, length: number): string {
  return createHash('md5').update(`${step}${secret}${pin}`, 'utf8').digest('hex').slice(0, length)
}
