import {hostname} from 'node:os'
import {join} from 'node:path'
import {gzipSync, gunzipSync} from 'node:zlib'
import {extract, pack} from 'tar-stream'
import {writeNewFile} from '../lib/files/durable.js'
import {PiError} from '../lib/errors.js'

const memberName = /(privacyidea|edumfa)-config-backup/

/** Largest archive and member read, in bytes. */
const limit = 64 * 1024 * 1024

/** Packs a configuration export as `config export full -a` does. @returns the path of the archive, mode 0600 */
export async function writeConfigArchive(directory: string, text: string, now = new Date()): Promise<string> {
  const two = (value: number): string => String(value).padStart(2, '0')
  const stamp = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}`
  const name = `privacyidea-config-backup-${hostname()}-${stamp}.py`
  const archive = pack()
  archive.entry({mode: 0o600, name}, text)
  archive.finalize()
  const parts: Buffer[] = []
  for await (const part of archive) parts.push(part as Buffer)
  const path = join(directory, `${name.replace(/\.py$/, '')}.tar.gz`)
  await writeNewFile(path, gzipSync(Buffer.concat(parts)), {mode: 0o600})
  return path
}

/** The texts of the exports in an archive; nothing is written to disk. @throws PiError INVALID_INPUT */
export async function readConfigArchive(content: Buffer): Promise<string[]> {
  const texts: string[] = []
  const reader = extract()
  let tar: Buffer
  try {
    tar = content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content, {maxOutputLength: limit}) : content
  } catch (error) {
    throw new PiError('INVALID_INPUT', 'The archive is damaged or too large.', {cause: error})
  }
  reader.end(tar)
  try {
    for await (const entry of reader) {
      const parts: Buffer[] = []
      for await (const part of entry) parts.push(part as Buffer)
      if (entry.header.type === 'file' && memberName.test(entry.header.name))
        texts.push(Buffer.concat(parts).toString('utf8'))
    }
  } catch (error) {
    throw new PiError('INVALID_INPUT', 'The archive is damaged.', {cause: error})
  }
  if (texts.length === 0) throw new PiError('INVALID_INPUT', 'The archive holds no configuration backup.')
  return texts
}

/** Whether the first bytes are those of a gzip or tar file. */
export function isArchive(content: Buffer): boolean {
  return (content[0] === 0x1f && content[1] === 0x8b) || content.subarray(257, 262).toString('latin1') === 'ustar'
}
