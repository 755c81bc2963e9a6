import type {Key} from 'openpgp'
import {PiError, reasonOf} from '../../lib/errors.js'

/** To whom a file is encrypted: at least one of both. */
export interface PgpProtection {
  /** Public keys, armoured or binary. */
  recipients: readonly Uint8Array[]
  passwords: readonly string[]
}

/** Takes the text of a file piece by piece and hands on an armoured OpenPGP message. */
export interface PgpSink {
  write(text: string): Promise<void>
  finish(): Promise<void>
}

/** Text is handed to the cipher in pieces of at least this length. */
const pieceLength = 64 * 1024

/**
 * Encrypts a text of any length as it comes, in a form that gpg and the originals open (spec/04 §1.1).
 * @param write gets the armoured message
 * @throws PiError INVALID_INPUT for a recipient that is no public key, or has none to encrypt with
 */
export async function openPgpSink(
  {recipients, passwords}: PgpProtection,
  write: (text: string) => void,
): Promise<PgpSink> {
  const openpgp = await import('openpgp')
  const {readable, writable} = new TransformStream<Uint8Array, Uint8Array>()
  let encryptionKeys: Key[]
  let message: AsyncIterable<string>
  try {
    encryptionKeys = (await Promise.all(recipients.map((one) => readKeys(one)))).flat()
    message = (await openpgp.encrypt({
      message: await openpgp.createMessage({binary: readable as never}),
      encryptionKeys,
      passwords: [...passwords],
      format: 'armored',
    })) as unknown as AsyncIterable<string>
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The file cannot be encrypted to the recipient: ${reasonOf(error)}`, {
      cause: error,
    })
  }
  const done = (async () => {
    for await (const part of message) write(part)
  })()
  // Its failure is reported by the next write.
  done.catch(() => undefined)
  const input = writable.getWriter()
  const encoder = new TextEncoder()
  let pending = ''
  const flush = async () => {
    const bytes = encoder.encode(pending)
    pending = ''
    if (bytes.length > 0) await Promise.race([input.write(bytes), done])
  }
  return {
    async write(text) {
      pending += text
      if (pending.length >= pieceLength) await flush()
    },
    async finish() {
      await flush()
      await Promise.race([input.close(), done])
      await done
    },
  }
}

async function readKeys(content: Uint8Array): Promise<Key[]> {
  const {readKeys: read} = await import('openpgp')
  const text = Buffer.from(content).toString('latin1')
  return text.includes('-----BEGIN PGP')
    ? read({armoredKeys: text.trimStart()})
    : read({binaryKeys: new Uint8Array(content)})
}
