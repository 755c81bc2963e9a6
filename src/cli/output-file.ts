import {stat} from 'node:fs/promises'
import {attributesOf, replaceFile, writeNewFile} from '../lib/files/durable.js'

/** Writes a result to a file, whole or not at all; one that may hold secrets is readable by the owner only. */
export async function writeOutputFile(path: string, text: string, {secret = false} = {}): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  if (exists) await replaceFile(path, Buffer.from(text), await attributesOf(path))
  else await writeNewFile(path, Buffer.from(text), {mode: secret ? 0o600 : 0o644})
}
