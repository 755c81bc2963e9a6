import {spawn} from 'node:child_process'
import {realpath} from 'node:fs/promises'
import path from 'node:path'
import {PiError} from '../../errors.js'
import type {SmsProvider} from '../contract.js'
import {requiredOption} from '../options.js'

/** A program on this machine that sends text messages: it gets the number as argument and the text on stdin (spec/06 §17.1). */
export const scriptSms: SmsProvider = {
  name: 'ScriptSMSProvider',
  async send({phone, text}, {options}, {scriptFolder}) {
    const script = await insideOf(scriptFolder, requiredOption(options, 'script'))
    await run(script, {phone, text, folder: scriptFolder, waits: options['background'] !== 'background'})
  },
}

/** Scripts lie in the folder itself, links included. */
async function insideOf(folder: string, name: string): Promise<string> {
  const failed = 'Failed to start script for sending SMS.'
  try {
    const [root, script] = await Promise.all([realpath(folder), realpath(path.resolve(folder, name))])
    if (script.startsWith(root + path.sep)) return script
  } catch (error) {
    throw new PiError('UNAVAILABLE', failed, {cause: error})
  }
  throw new PiError('CONFIG', `The script '${name}' is not in ${folder}.`)
}

function run(
  script: string,
  {phone, text, folder, waits}: {phone: string; text: string; folder: string; waits: boolean},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(script, [phone], {cwd: folder, stdio: ['pipe', 'ignore', 'ignore']})
    child.on('error', (error) =>
      reject(new PiError('UNAVAILABLE', 'Failed to start script for sending SMS.', {cause: error})),
    )
    // A script that does not read its input is no failure.
    child.stdin.on('error', () => {})
    child.stdin.end(text)
    if (!waits) child.on('spawn', () => resolve())
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new PiError('UNAVAILABLE', 'Error during execution of the script.'))
    })
  })
}
