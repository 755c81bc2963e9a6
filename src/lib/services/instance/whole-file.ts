import {randomBytes} from 'node:crypto'
import {access, readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {removeFile, secondName, writeNewFile} from '../../files/durable.js'

/**
 * Makes a file at once with all its content, or leaves the one that is there alone: after a crash it is either absent
 * or whole, and of two runs at the same time one makes it.
 * @returns whether this call made it
 * @throws PiError CONFIG
 */
export async function createWhole(
  file: string,
  makeContent: () => Promise<string | Uint8Array>,
  mode: number,
): Promise<boolean> {
  if (await isThere(file)) return false
  const temporary = `${file}.new-${randomBytes(6).toString('hex')}`
  const content = Buffer.from(await makeContent())
  await writeNewFile(temporary, content, {mode})
  try {
    await secondName(temporary, file)
    return content.equals(await readFile(file))
  } finally {
    await removeFile(temporary)
  }
}

/** Removes what crashed runs left behind of these files. */
export async function removeRemains(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const folder = path.dirname(file)
    const start = `${path.basename(file)}.new-`
    for (const name of await readdir(folder)) {
      if (name.startsWith(start) && /^[0-9a-f]{12}$/.test(name.slice(start.length)))
        await removeFile(path.join(folder, name))
    }
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
