import {Agent, request} from 'node:http'
import {hotp} from '../../../src/lib/crypto/otp/hotp.js'
import type {Installation} from './installation.js'

/** Sends one login and gives the `value` of its answer. */
export function login(url: string, form: Readonly<Record<string, string>>, agent: Agent): Promise<boolean> {
  const body = new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/validate/check`,
      {
        method: 'POST',
        agent,
        headers: {'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length},
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          const document = JSON.parse(text) as {result: {status: boolean; value?: boolean}}
          if (document.result.status) resolve(document.result.value === true)
          else reject(new Error(text))
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

export interface RaceOptions {
  type: 'hotp' | 'totp'
  rounds: number
  /** Logins with the same value at once. */
  parallel: number
}

/** Rounds in which all logins of one value are sent at once, shared out between the servers; gives how many of each were accepted. */
export async function race(
  installation: Installation,
  urls: readonly string[],
  options: RaceOptions,
): Promise<number[]> {
  const {type, rounds, parallel} = options
  const secret = '3132333435363738393031323334353637383930'
  const prefix = `RACE${type.toUpperCase()}`
  await installation.addTokens(
    Array.from({length: rounds}, (_, at) => ({serial: `${prefix}${at}`, type, user: `user${at}`, secret})),
  )
  const agent = new Agent({keepAlive: true, maxSockets: parallel})
  const accepted: number[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const counter = type === 'hotp' ? 0 : Math.trunc(Date.now() / 30_000)
      const pass = hotp(Buffer.from(secret, 'hex'), counter, {algorithm: 'sha1', digits: 6})
      const answers = await Promise.all(
        Array.from({length: parallel}, (_, at) =>
          login(urls[at % urls.length]!, {serial: `${prefix}${round}`, pass}, agent),
        ),
      )
      accepted.push(answers.filter(Boolean).length)
    }
  } finally {
    agent.destroy()
  }
  return accepted
}
