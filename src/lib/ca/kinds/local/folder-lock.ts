import {readFileSync} from 'node:fs'
import {open, readFile, rename, unlink} from 'node:fs/promises'
import {hostname} from 'node:os'
import {setTimeout as sleep} from 'node:timers/promises'
import {PiError, reasonOf} from '../../../errors.js'

interface Holder {
  host: string
  pid: number
  /** This boot of the machine: a number of a process means nothing in another. */
  boot: string
}

/**
 * Runs `work` while no other run of this tool changes the folder, on any machine that shares it: a file that only one
 * can create. What a killed run left behind on this machine is taken away.
 * @param file of the lock, beside index.txt
 * @throws PiError LOCKED when it does not come free within `waitSeconds`, CONFIG
 */
export async function withFolderLock<R>(file: string, work: () => Promise<R>, {waitSeconds = 15} = {}): Promise<R> {
  const until = Date.now() + waitSeconds * 1000
  for (;;) {
    const other = await take(file)
    if (!other) break
    if (hasDied(other)) await removeLock(file, other)
    else if (Date.now() >= until) {
      throw new PiError('LOCKED', `Another run changes this CA: process ${other.pid} on ${other.host}.`, {
        hints: [`If there is no such process, remove ${file}`],
      })
    } else await sleep(20 + Math.random() * 40)
  }
  try {
    return await work()
  } finally {
    await unlink(file).catch(() => {})
  }
}

/** @returns who has it, unless it was taken */
async function take(file: string): Promise<Holder | undefined> {
  try {
    const handle = await open(file, 'wx', 0o644)
    try {
      await handle.writeFile(JSON.stringify({host: hostname(), pid: process.pid, boot: bootId()} satisfies Holder))
    } finally {
      await handle.close()
    }
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readHolder(file)
    throw new PiError('CONFIG', `The folder of the CA cannot be locked (${file}): ${reasonOf(error)}`, {cause: error})
  }
}

async function readHolder(file: string): Promise<Holder> {
  const unknown = {host: 'unknown', pid: 0, boot: ''}
  try {
    return {...unknown, ...(JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>)}
  } catch {
    // it is being written, or was just removed
    return unknown
  }
}

/** Of several that find the same dead holder, one removes the lock; a lock taken meanwhile is put back. */
async function removeLock(file: string, dead: Holder): Promise<void> {
  const aside = `${file}.${process.pid}`
  try {
    await rename(file, aside)
    const {pid, boot} = await readHolder(aside)
    if (pid === dead.pid && boot === dead.boot) await unlink(aside)
    else await rename(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new PiError('CONFIG', `The lock ${file} of a dead process cannot be removed: ${reasonOf(error)}`)
    }
  }
}

function hasDied({host, pid, boot}: Holder): boolean {
  if (pid <= 0 || host !== hostname()) return false
  if (boot !== bootId()) return true
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
