import path from 'node:path'
import type {Dialogue} from './dialogue.js'

/** Answers of the dialogue of `ca create` for a local CA (spec/03-cli.md §A.3.6). */
export interface LocalAnswers {
  directory: string
  keySize: number
  days: number
  dn: string
  crlDays: number
  overlapDays: number
}

/** Asks until the summary is accepted; given answers are the defaults of the next round. */
export async function askLocalCa(dialogue: Dialogue, defaults: LocalAnswers): Promise<LocalAnswers> {
  let known = defaults
  for (;;) {
    const ask = async (question: string, fallback: string | number) =>
      dialogue.ask(`${question}[${fallback}]: `, String(fallback))
    const directory = path.resolve(await ask('In which directory do you want to create the CA ', known.directory))
    known = {
      directory,
      keySize: Number(await ask('What should be the keysize of the CA (2048/4096/8192)', known.keySize)),
      days: Number(await ask('How many days should the CA be valid ', known.days)),
      dn: await ask('What is the DN of the CA ', known.dn),
      crlDays: Number(await ask('How many days should the CRL be valid ', known.crlDays)),
      overlapDays: Number(await ask('What should be the overlap period of the CRL in days ', known.overlapDays)),
    }
    dialogue.say('='.repeat(60))
    dialogue.say(summaryOf(known))
    dialogue.say('='.repeat(60))
    if (await isAccepted(dialogue)) return known
  }
}

/** Settings of a Microsoft CA connector. */
export interface MicrosoftAnswers {
  hostname: string
  port: string
  http_proxy: string
  ca: string
}

/** @param list names the CAs that a worker offers */
export async function askMicrosoftCa(
  dialogue: Dialogue,
  list: (settings: Omit<MicrosoftAnswers, 'ca'>) => Promise<string[]>,
): Promise<MicrosoftAnswers> {
  for (;;) {
    const hostname = await dialogue.ask('Hostname of the privacyIDEA MS CA worker: ')
    const port = await dialogue.ask('Port of the privacyIDEA MS CA worker: ')
    const proxy = await dialogue.ask('Use HTTP proxy [0/1]: ', '0')
    const settings = {hostname, port, http_proxy: proxy}
    dialogue.say('Available CAs:')
    for (const ca of await list(settings)) dialogue.say(`     ${ca}`)
    const ca = await dialogue.ask('Choose CA: ')
    dialogue.say('='.repeat(60))
    for (const [key, value] of Object.entries({...settings, ca})) dialogue.say(`${key.padStart(20)}: ${value}`)
    dialogue.say('='.repeat(60))
    if (await isAccepted(dialogue)) return {...settings, ca}
  }
}

async function isAccepted(dialogue: Dialogue): Promise<boolean> {
  return (await dialogue.ask('Is this configuration correct? [y/n] ')).toLowerCase() === 'y'
}

function summaryOf({directory, dn, days, keySize, crlDays, overlapDays}: LocalAnswers): string {
  return [
    'Configuration of the new CA:',
    `  Directory                       : ${directory}`,
    `  DN                              : ${dn}`,
    `  Key size                        : ${keySize}`,
    `  Validity of the CA              : ${days} days`,
    `  Validity of issued certificates : 365 days`,
    `  Validity of the CRL             : ${crlDays} days`,
    `  Overlap period of the CRL       : ${overlapDays} days`,
  ].join('\n')
}
