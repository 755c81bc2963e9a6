import {chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** Root of the project. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const made = new Set<string>()
process.on('exit', () => {
  for (const folder of made) removeFolder(folder)
})

/** Path below test/fixtures. */
export function fixture(...parts: string[]): string {
  return join(projectRoot, 'test/fixtures', ...parts)
}

/** A new empty folder, removed when the process ends or by {@link removeFolder}. */
export function temporaryFolder(name = 'test'): string {
  const folder = mkdtempSync(join(tmpdir(), `pi-${name}-`))
  made.add(folder)
  return folder
}

/** Removes a folder made by {@link temporaryFolder}, also one whose files were made read-only. */
export function removeFolder(folder: string): void {
  made.delete(folder)
  rmSync(folder, {force: true, recursive: true, maxRetries: 3, retryDelay: 100})
}

/** Copies the content of a fixture folder into `target` and makes it writable for the owner. */
export function copyFixture(source: string, target: string): void {
  cpSync(source, target, {recursive: true})
  makeWritable(target)
}

function makeWritable(path: string): void {
  const stat = statSync(path)
  chmodSync(path, stat.isDirectory() ? 0o700 : stat.mode | 0o600)
  if (!stat.isDirectory()) return
  for (const name of readdirSync(path)) makeWritable(join(path, name))
}
